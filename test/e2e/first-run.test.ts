/**
 * docs/first-run.md, played: its console blocks, in their order, against the embedded upstream with the production
 * catalogue. What a block says is what the command prints, but for keys, digests and ports, which are made anew each
 * time; a line `…` stands for any lines.
 */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publicationMirrorArgs, type Publication } from '../../scripts/upstream/publication.ts';
import type { UpstreamServer } from '../../scripts/upstream/server.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { now, openProductionUpstream } from '../support/production-upstream.ts';
import { root, runAssay } from '../support/run-assay.ts';

let directory: string;
let publication: Publication;
let server: UpstreamServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-first-run-'));
  ({ publication, server } = await openProductionUpstream(directory));
  const trust = join(directory, 'trust');
  // As the checkout is: pinned, and not there.
  await rm(join(trust, 'fluent-bit.asc'));
  await mkdir(join(directory, 'manifests'));
  await cp(join(root, 'manifests/catalogue.yaml'), join(directory, 'manifests/catalogue.yaml'));
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Each `$ assay …` of the page's console blocks with what it prints. */
async function blocks(): Promise<{ readonly command: string; readonly prints: readonly string[] }[]> {
  const page = await readFile(join(root, 'docs/first-run.md'), 'utf8');
  return Array.from(page.matchAll(/^```console\n(.*?)^```$/gms), ([, text = '']) => {
    const [command = '', ...prints] = text.trimEnd().split('\n');
    return { command, prints };
  });
}

/** Keys, digests and ports, and the width that they give a column. */
function steady(line: string): string {
  return line
    .replace(/(?<![0-9A-Za-z])[0-9A-F]{16}(?:[0-9A-F]{24})?(?![0-9A-Za-z])/g, 'KEY')
    .replace(/sha(256|512):[0-9a-f]+/g, 'sha$1:…')
    .replaceAll(server.url, 'http://127.0.0.1:…')
    .trimEnd();
}

async function run(command: string): Promise<string[]> {
  const words = command.replace(/^\$ assay /, '').split(' ');
  const [name = ''] = words;
  const network = publicationMirrorArgs(publication, server.url, unsignedHosts);
  const { stdout, stderr, exitCode } = await runAssay(
    [
      ...words,
      ...(name.startsWith('update-') ? ['--now', now] : []),
      ...(name === 'verify' || words.includes('--offline') ? [] : network),
    ],
    { cwd: directory, env: { XDG_CACHE_HOME: join(directory, 'cache') } },
  );
  expect([command, exitCode, stderr]).toEqual([command, 0, stderr]);
  return (stdout + stderr).trimEnd().split('\n').map(steady);
}

it('prints what the page says, step by step', { timeout: 120_000 }, async () => {
  const all = await blocks();
  expect(all.length).toBeGreaterThan(5);
  for (const { command, prints } of all) {
    const printed = await run(command);
    let from = 0;
    for (const line of prints) {
      if (line === '…') continue;
      const found = printed.indexOf(steady(line), from);
      expect({ command, line, printed: printed.join('\n'), found: found >= 0 }).toMatchObject({
        found: true,
      });
      from = found + 1;
    }
  }
});

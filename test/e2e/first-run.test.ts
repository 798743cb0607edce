/**
 * docs/first-run.md, played: its console blocks, in their order and in one checkout, against the embedded upstream with
 * the production catalogue. console-blocks.test.ts has those of the other pages.
 */
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publicationMirrorArgs } from '../../scripts/upstream/publication.ts';
import type { UpstreamServer } from '../../scripts/upstream/server.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { assayProgram, consoleBlocks, firstDifference, play } from '../support/console-blocks.ts';
import { now, openProductionUpstream } from '../support/production-upstream.ts';
import { root } from '../support/run-assay.ts';

let directory: string;
let bin: string;
let server: UpstreamServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-first-run-'));
  const upstream = await openProductionUpstream(directory);
  ({ server } = upstream);
  // As the checkout is: pinned, and not there.
  await rm(join(directory, 'trust/fluent-bit.asc'));
  await mkdir(join(directory, 'manifests'));
  await cp(join(root, 'manifests/catalogue.yaml'), join(directory, 'manifests/catalogue.yaml'));
  const network = publicationMirrorArgs(upstream.publication, server.url, unsignedHosts);
  bin = join(directory, '.bin');
  await mkdir(bin);
  const program = assayProgram({
    'update-*--offline*': ['--now', now],
    'update-*': ['--now', now, ...network],
    'stage*': network,
    '*': [],
  });
  await writeFile(join(bin, 'assay'), program);
  await chmod(join(bin, 'assay'), 0o755);
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

it('prints what the page says, step by step', async () => {
  const blocks = consoleBlocks('docs/first-run.md');
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of blocks) {
    const printed = await play(block, { directory, bin });
    for (const [index, { command, prints }] of block.steps.entries()) {
      const found = printed[index]?.printed ?? '';
      expect(firstDifference(prints, found), `$ ${command}\n${found}`).toBeUndefined();
      expect(printed[index]?.exitCode, command).toBe(0);
    }
  }
});

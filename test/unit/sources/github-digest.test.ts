/** GitHub's own word, through a whole run: from GitHub alone, or a mirror that the user answers for. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { publishGithub } from '../../../scripts/upstream/sigstore/github.ts';
import { parseMirror, parseTrustedMirror } from '../../../src/io/http/mirrors.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { loadCatalogue } from '../../../src/pipeline/manifests/catalogue.ts';
import { refusal } from '../../support/refusals.ts';
import { updateInProcess } from '../../support/update-in-process.ts';

let directory: string;
let server: UpstreamServer;

const catalogue = (
  source: string,
  verification = 'method: github-digest, reason: nothing is signed there',
) => `
version: 1
kinds: [knd]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  tools: { ${source} }
dependencies:
  tool: { kinds: [knd], type: binary, source: { from: tools, asset: tool }, verification: { ${verification} } }
`;
const github = "type: github-release, repository: owner/tool, tag: 'v{version}', version: 1.0.0";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-word-'));
  const release = { repository: 'owner/tool', tag: 'v1.0.0', publishedAt: new Date('2026-11-01T00:00:00Z') };
  const assets = new Map([['tool', Buffer.from('a tool')]]);
  server = await startUpstreamServer(
    publishGithub({ releases: [{ ...release, assets, isImmutable: true }] }),
  );
  await mkdir(join(directory, 'trust'));
  await writeFile(join(directory, 'trust/pins.yaml'), 'version: 1\nanchors: {}\n');
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** `trusted`: the origins whose mirrors the user answers for. */
async function update(trusted: readonly string[], verification?: string) {
  const manifestsDir = join(directory, `manifests-${String(trusted.length)}`);
  await writeFile(join(directory, 'catalogue.yaml'), catalogue(github, verification));
  const mirrors = ['github.com', 'api.github.com'].map((host) => {
    const mirror = `https://${host}=${server.url}/${host}`;
    return trusted.includes(host) ? parseTrustedMirror(mirror) : parseMirror(mirror);
  });
  const rehearsal = {
    ...{ directory, manifestsDir, catalogue: join(directory, 'catalogue.yaml'), mirrorArgs: [] },
    trustDir: join(directory, 'trust'),
  };
  return { ...(await updateInProcess(rehearsal, { refresh: [], fetcher: { mirrors } })), manifestsDir };
}

it.each([[[]], [['github.com']], [['api.github.com']]])(
  'counts through no mirror that nobody answers for: %j',
  async (trusted) => {
    const { failures, changes } = await update(trusted);
    expect([failures.map(({ error }) => error.code), changes]).toEqual([['UNTRUSTED_MIRROR'], []]);
  },
);

it('is the assurance checksum, and the host is no witness of itself', async () => {
  const both = ['github.com', 'api.github.com'];
  const { failures, changes, manifestsDir } = await update(
    both,
    'method: github-digest, immutable: true, reason: no more is there',
  );
  expect([failures, changes.map(({ assurance }) => assurance)]).toEqual([[], ['checksum']]);
  const evidence = await readFile(join(manifestsDir, 'evidence/knd.debian-13.amd64.json'), 'utf8');
  expect(evidence).not.toContain('"witnesses"');
  expect(evidence).toContain('api.github.com/repos/owner/tool/releases/tags/v1.0.0');
  // A second run finds the same.
  expect(await update(both)).toMatchObject({ failures: [] });
});

it('may be a witness of others', () => {
  const witness = '{ method: github-digest, reason: the host says so too }';
  const pinned = `method: checksum, checksums: none, reason: nothing is signed there, witnesses: [${witness}]`;
  expect(loadCatalogue(Buffer.from(catalogue(github, pinned)), 'catalogue.yaml').dependencies).toHaveLength(
    1,
  );
});

it('is of releases on GitHub alone', async () => {
  const elsewhere = "type: release-server, uri: https://dl.example.org, tag: '{version}', version: 1.0.0";
  const error = await refusal(
    () => loadCatalogue(Buffer.from(catalogue(elsewhere)), 'catalogue.yaml'),
    UsageError,
    'CATALOGUE_INVALID',
  );
  expect(error.message).toContain('github-digest');
});

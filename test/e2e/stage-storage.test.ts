/** `assay stage` where files are kept by another host, behind queries that expire: as GitHub's releases are. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { atFirst, refuseAsStorage, type Behaviour } from '../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest } from '../../src/formats/own/manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import type { Outcome } from '../support/run-assay.ts';

const path = 'github.com/owner/project/releases/download/v1.0.0/tool';
const stored = `release-assets.githubusercontent.com/${path}`;
const bytes = Buffer.alloc(300_000, 'a tool, ');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const linkLifetimeMs = 300_000;
let sentBytes: number;

let directory: string;
let server: UpstreamServer;
/** Of storage, which stands still but where a test moves it. */
let nowMs = Date.UTC(2026, 10, 29);
const now = () => nowMs;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-storage-'));
  server = await startUpstreamServer({ files: new Map([[path, bytes]]), linkLifetimeMs, now });
  const tool = {
    version: '1.0.0',
    url: `https://${path}`,
    type: 'binary',
    digest: `sha256:${sha256}`,
    size: bytes.length,
  } as const;
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const vmconfig = { version: 'dev', kind: 'knd', os, dependencies: { tool }, images: [] };
  await writeFile(join(directory, 'manifest.json'), renderManifest({ vmconfig }));
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const artifacts = () => join(directory, 'artifacts');

function stage(): Promise<Outcome> {
  const mirror = `https://github.com=${server.url}/github.com`;
  return runInProcess([
    'stage',
    join(directory, 'manifest.json'),
    '--dir',
    artifacts(),
    '--mirror',
    mirror,
    '--json',
  ]);
}

/** Sends a part, and resets the connection when the link has expired, and the part is on the disk. */
const breakLate: Behaviour = (_request, response) => {
  response.writeHead(200, { etag: `"${sha256.slice(0, 32)}"`, 'content-length': bytes.length });
  response.write(bytes.subarray(0, (sentBytes = 200_000)));
  void breakWhenWritten(response);
};

/** What comes slowly is written with what comes a quarter of a second later. */
async function breakWhenWritten(response: ServerResponse): Promise<void> {
  const partial = join(artifacts(), '.assay', `.tool.${sha256.slice(0, 16)}.partial`);
  const writtenBytes = () =>
    stat(partial)
      .then(({ size }) => size)
      .catch(() => 0);
  while ((await writtenBytes()) < sentBytes) {
    response.write(bytes.subarray(sentBytes, (sentBytes += 1)));
    await sleep(300);
  }
  nowMs += linkLifetimeMs;
  response.socket?.resetAndDestroy();
}
const expired = refuseAsStorage('AuthenticationFailed', 'Signature not valid in the specified time frame');

const statuses = () => server.logElsewhere.map(({ status, range }) => [status, range]);
const theRest = () => [206, `bytes=${String(sentBytes)}-`];

it('goes on after a reset by asking the origin for another link, whatever became of the first', async () => {
  server.override(stored, atFirst(breakLate));
  expectDone(await stage());
  expect(await readFile(join(artifacts(), 'tool'))).toEqual(bytes);
  expect(server.log.map(({ status }) => status)).toEqual([302, 302]);
  expect(statuses()).toEqual([[200, undefined], theRest()]);
});

it('ends where storage refuses, and goes on from there in a later run', async () => {
  let count = 0;
  server.override(stored, (...asked) => (count++ === 0 ? breakLate : expired)(...asked));
  expectRefused(await stage(), 4, 'HTTP_STATUS');
  expect(await readdir(artifacts())).not.toContain('tool');
  expect(statuses()).toEqual([
    [200, undefined],
    [403, theRest()[1]],
  ]);
  server.override(stored);
  expectDone(await stage());
  expect(await readFile(join(artifacts(), 'tool'))).toEqual(bytes);
  expect(statuses().slice(2)).toEqual([theRest()]);
});

it('does not insist where every link has expired', async () => {
  await server.close();
  server = await startUpstreamServer({ files: new Map([[path, bytes]]), linkLifetimeMs: -1 });
  expectRefused(await stage(), 4, 'HTTP_STATUS');
  expect(await readdir(artifacts())).not.toContain('tool');
  expect(statuses()).toEqual([[403, undefined]]);
});

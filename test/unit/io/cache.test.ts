import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/io/cache.ts';
import { digestFromHex, digestHex } from '../../../src/model/digest.ts';
import type { Digest, DigestAlgorithm } from '../../../src/model/digest.ts';

const exec = promisify(execFile);

const bytes = Buffer.from('Package: libpq5\n');

function digestOf(of: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return digestFromHex(algorithm, createHash(algorithm).update(of).digest('hex'))!;
}

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'assay-test-'))));
afterEach(() => rm(directory, { recursive: true }));
const at = (name: string) => join(directory, name);

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));
async function listen(path: string): Promise<void> {
  const server = createServer().listen(path);
  servers.push(server);
  await once(server, 'listening');
}

const blobPath = (digest: Digest) => join(directory, 'cache', 'blobs', 'sha256', digestHex(digest));
const cacheIn = (name: string) => createCache(join(directory, name));

describe('the cache', () => {
  it.each(['sha256', 'sha512'] as const)('gives back what was kept under %s', async (algorithm) => {
    const digest = digestOf(bytes, algorithm);
    await cacheIn('cache').write(digest, bytes);
    expect(Buffer.compare((await cacheIn('cache').read(digest))!, bytes)).toBe(0);
    const kept = join(directory, 'cache', 'blobs', algorithm, digestHex(digest));
    expect(Buffer.compare(await readFile(kept), bytes)).toBe(0);
  });

  it('knows nothing that it was not given', async () => {
    expect(await cacheIn('cache').read(digestOf(bytes))).toBeUndefined();
  });

  it('is for its owner alone, and leaves no temporaries', async () => {
    await cacheIn('cache').write(digestOf(bytes), bytes);
    const path = blobPath(digestOf(bytes));
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(path))).toEqual([digestHex(digestOf(bytes))]);
  });

  it.each([
    ['one bit flipped', Buffer.from(bytes).fill(bytes[0]! ^ 1, 0, 1)],
    ['cut short', bytes.subarray(1)],
    ['empty', Buffer.alloc(0)],
  ])('misses, and removes, what is %s', async (_how, damaged) => {
    const cache = cacheIn('cache');
    await cache.write(digestOf(bytes), bytes);
    await writeFile(blobPath(digestOf(bytes)), damaged);
    expect(await cache.read(digestOf(bytes))).toBeUndefined();
    expect(await readdir(dirname(blobPath(digestOf(bytes))))).toEqual([]);
    await cache.write(digestOf(bytes), bytes);
    expect(await cache.read(digestOf(bytes))).toBeDefined();
  });

  const path = () => blobPath(digestOf(bytes));
  it.each([
    ['a directory', () => mkdir(path())],
    ['a pipe', () => exec('mkfifo', [path()])],
    ['a socket', () => listen(path())],
    ['a device', () => symlink('/dev/zero', path())],
    ['a link that leads nowhere', () => symlink('nowhere', path())],
    [
      'a link to the very bytes',
      async () => (await writeFile(at('file'), bytes), symlink(at('file'), path())),
    ],
  ])('misses %s in place of a blob, and waits for nothing', async (what, plant) => {
    const cache = cacheIn('cache');
    await mkdir(dirname(path()), { recursive: true });
    await plant();
    expect(await cache.read(digestOf(bytes))).toBeUndefined();
    await plant().catch(() => undefined);
    await cache.write(digestOf(bytes), bytes);
    // Nothing but a directory stands in the way, and nothing is written through a link.
    const found = await cache.read(digestOf(bytes));
    if (what === 'a directory') expect(found).toBeUndefined();
    else expect(Buffer.compare(found!, bytes)).toBe(0);
    await expect(stat(at('nowhere'))).rejects.toThrow('ENOENT');
  });

  it('does not return bytes under a digest that is not theirs', async () => {
    const digest = digestOf(Buffer.from('other'));
    const cache = cacheIn('cache');
    await cache.write(digest, bytes);
    expect(await cache.read(digest)).toBeUndefined();
    await expect(stat(blobPath(digest))).rejects.toThrow('ENOENT');
  });

  it('does without, where it cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const cache = cacheIn('file');
    await cache.write(digestOf(bytes), bytes);
    expect(await cache.read(digestOf(bytes))).toBeUndefined();
  });
});

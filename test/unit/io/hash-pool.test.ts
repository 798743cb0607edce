import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHashPool, HashingFailure, type HashPool } from '../../../src/io/hash-pool.ts';

let directory: string;
let pool: HashPool;
let file: FileHandle;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-test-'));
  file = await open(join(directory, 'a'), 'w+');
});
afterEach(async () => {
  await file.close();
  await rm(directory, { recursive: true });
});

function bytesOf(count: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: count }, (_, at) => at ^ (at >> 8)));
}
const digestOf = (bytes: Uint8Array, algorithm = 'sha256') =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

describe.each([
  ['a thread', () => createHashPool(2)],
  ['no thread, where its file is not beside this one,', () => createHashPool(2, { code: undefined })],
])('by %s a file', (_name, create) => {
  beforeAll(() => void (pool = create()));
  afterAll(() => pool.close());

  it.each([0, 1, 256 * 1024, 256 * 1024 + 1, 1_000_000])('of %i bytes is hashed', async (count) => {
    const bytes = bytesOf(count);
    await file.write(bytes);
    for (const algorithm of ['sha256', 'sha512'] as const) {
      expect(await pool.open(file.fd, algorithm).end(count)).toBe(digestOf(bytes, algorithm));
    }
  });

  it('is hashed while it grows, as it stands on the disk', async () => {
    const bytes = bytesOf(600_000);
    const hashing = pool.open(file.fd, 'sha256');
    for (let at = 0; at < bytes.length; at += 100_000) {
      await file.write(bytes.subarray(at, at + 100_000), 0, 100_000, at);
      hashing.extend(at + 100_000);
    }
    expect(await hashing.end(bytes.length)).toBe(digestOf(bytes));
  });

  it('that is shorter than it is said to be has no digest', async () => {
    await file.write('short');
    await expect(pool.open(file.fd, 'sha256').end(6)).rejects.toMatchObject({ errno: 'ENDED' });
    await expect(pool.open(file.fd, 'sha256').end(6)).rejects.toBeInstanceOf(HashingFailure);
  });

  it('that cannot be read has none either', async () => {
    const write = await open(join(directory, 'b'), 'w');
    await write.write('x');
    await expect(pool.open(write.fd, 'sha256').end(1)).rejects.toMatchObject({ errno: 'EBADF' });
    await write.close();
  });

  it('can be forgotten, and begun anew', async () => {
    await file.write('old bytes');
    const old = pool.open(file.fd, 'sha256');
    old.extend(9);
    old.forget();
    old.forget();
    await file.truncate(0);
    await file.write('new', 0);
    expect(await pool.open(file.fd, 'sha256').end(3)).toBe(digestOf(Buffer.from('new')));
  });

  it('many files at once, on more files than threads, keep apart', async () => {
    const contents = Array.from({ length: 12 }, (_, at) => bytesOf(50_000 + at * 7919));
    const digests = await Promise.all(
      contents.map(async (bytes, at) => {
        const path = join(directory, `f${at}`);
        await writeFile(path, bytes);
        const one = await open(path);
        const hashing = pool.open(one.fd, 'sha256');
        hashing.extend(10_000);
        const digest = await hashing.end(bytes.length);
        await one.close();
        return digest;
      }),
    );
    expect(digests).toEqual(contents.map((bytes) => digestOf(bytes)));
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { storedGzip } from '../../../src/formats/upstream/stored-gzip.ts';
import { writeTar, type TarInput } from '../../../src/io/tar-writing.ts';

async function* pieces(bytes: Uint8Array, sizeBytes = 1000): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let offset = 0; offset < bytes.length; offset += sizeBytes)
    yield bytes.subarray(offset, offset + sizeBytes);
}

function file(path: string, bytes: Uint8Array): TarInput {
  return { path, type: 'file', mode: 0o644, sizeBytes: bytes.length, content: pieces(bytes) };
}

const tree = (): TarInput[] => [
  { path: 'empty', type: 'directory', mode: 0o755, sizeBytes: 0 },
  file('none', Buffer.alloc(0)),
  file('big', Buffer.alloc(100_000, 'assay')),
  file(`é/${'n'.repeat(120)}`, Buffer.from('pax')),
  { path: 'link', type: 'symlink', mode: 0o777, sizeBytes: 0, linkTarget: '/usr/bin/env' },
];

async function digestOf(entries: readonly TarInput[], seconds: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of storedGzip(writeTar(entries, new Date(seconds * 1000)))) hash.update(chunk);
  return hash.digest('hex');
}

describe('a tarball', () => {
  it('has the same bytes on every machine', async () => {
    // The promise of assay package: other bytes here are other digests of everybody's releases.
    expect(await digestOf(tree(), 1_700_000_000)).toBe(
      'addbdde6410b1103b1be939d97ac952fa80e7082392e99413cf16c01ba80b8fc',
    );
    expect(await digestOf(tree(), 1_700_000_001)).not.toBe(await digestOf(tree(), 1_700_000_000));
  });

  it('of a large file is made without a warning', async () => {
    const warnings: string[] = [];
    const listen = ({ name }: Error) => void warnings.push(name);
    process.on('warning', listen);
    try {
      const big = Buffer.alloc(4_000_000);
      await digestOf([{ ...file('big', big), content: pieces(big, 100_000) }], 0);
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    expect(warnings).toEqual([]);
  });

  it('is not made of a file that is longer, shorter, or cannot be read', async () => {
    const good = file('f', Buffer.from('abc'));
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      throw new Error('unreadable');
    }
    await expect(digestOf([{ ...good, sizeBytes: 4 }], 0)).rejects.toThrow();
    await expect(digestOf([{ ...good, sizeBytes: 2 }], 0)).rejects.toThrow();
    await expect(digestOf([{ ...good, content: broken() }], 0)).rejects.toThrow('unreadable');
  });
});

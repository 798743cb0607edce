import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  decompress,
  decompressCopies,
  type Compression,
} from '../../../../src/formats/upstream/decompress.ts';

async function run(bytes: Uint8Array, compression: Compression, maxBytes = 1 << 20): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(bytes, compression, maxBytes, 'the test')) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** `printf 'hello, xz\n' | xz`, XZ Utils 5.4. */
const xz = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAJaGVsbG8sIHh6CgAAAOsStov8cd8oAAEiChUa4WcftvN9AQAAAAAEWVo=',
  'base64',
);
/** The same with `--check=sha256`, which is sound and of a kind that the decoder does not know. */
const xzSha256 = Buffer.from(
  '/Td6WFoAAArh+wyhAgAhARYAAAB0L+WjAQAJaGVsbG8sIHh6CgAAAPlJGXoZaTzimYLRKtuSQ8njypcxuSHgWrMZ+5GONOtsAAE6CkyC+uUYm0uaAQAAAAAKWVo=',
  'base64',
);
const refusal = (code: string) => expect.objectContaining({ code, exitCode: 5 }) as Error;

describe('decompress', () => {
  it('reads gzip, xz and plain', async () => {
    expect(await run(gzipSync('hello'), 'gz')).toBe('hello');
    expect(await run(xz, 'xz')).toBe('hello, xz\n');
    expect(await run(Buffer.from('hello'), 'none')).toBe('hello');
  });

  it('accepts exactly the cap and refuses one byte more', async () => {
    expect(await run(gzipSync('x'.repeat(1000)), 'gz', 1000)).toHaveLength(1000);
    await expect(run(gzipSync('x'.repeat(1001)), 'gz', 1000)).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
    await expect(run(xz, 'xz', 9)).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
  });

  it('lets who keeps chunks keep them', async () => {
    const text = 'x'.repeat(1_000_000);
    const chunks: Uint8Array[] = [];
    for await (const chunk of decompressCopies(gzipSync(text), 'gz', 1 << 20, 'the test')) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(1);
    expect(Buffer.concat(chunks).toString()).toBe(text);
  });

  it('stops a bomb at the cap', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    await expect(run(bomb, 'gz', 1 << 20)).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
  });

  it.each([
    ['truncated gzip', gzipSync('hello, hello, hello').subarray(0, 15), 'gz'],
    ['gzip that is none', Buffer.from('no gzip'), 'gz'],
    ['empty gzip', new Uint8Array(), 'gz'],
    ['truncated xz', xz.subarray(0, xz.length - 20), 'xz'],
    ['xz with a SHA-256 check', xzSha256, 'xz'],
    ['xz that is none', Buffer.from('no xz at all, but long enough to be read'), 'xz'],
    ['xz with a flipped bit', xz.map((byte, at) => (at === 30 ? byte ^ 1 : byte)), 'xz'],
  ] as const)('refuses %s', async (_, bytes, compression) => {
    await expect(run(bytes, compression)).rejects.toThrow(refusal('EVIDENCE_MALFORMED'));
  });
});

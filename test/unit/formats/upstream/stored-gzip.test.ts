import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storedGzip } from '../../../../src/formats/upstream/stored-gzip.ts';

async function packed(chunks: readonly Uint8Array[]): Promise<Buffer> {
  async function* each() {
    await Promise.resolve();
    yield* chunks;
  }
  const parts: Uint8Array[] = [];
  for await (const part of storedGzip(each())) parts.push(part);
  return Buffer.concat(parts);
}

/** In pieces of these lengths, over and over. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let offset = 0, index = 0; offset < bytes.length; index += 1) {
    const length = lengths[index % lengths.length]!;
    chunks.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  return chunks;
}

describe('gzip of stored blocks', () => {
  it('is the same everywhere: header, block, CRC-32, length', async () => {
    expect((await packed([Buffer.from('hello')])).toString('hex')).toBe(
      ['1f8b08000000000000ff', '010500faff', '68656c6c6f', '86a61036', '05000000'].join(''),
    );
    expect((await packed([])).toString('hex')).toBe('1f8b08000000000000ff010000ffff0000000000000000');
  });

  it.each([0, 1, 65_534, 65_535, 65_536, 131_070, 200_000])('unpacks to %i bytes', async (sizeBytes) => {
    const bytes = Buffer.alloc(sizeBytes, 'assay');
    const blocks = Math.max(1, Math.ceil(sizeBytes / 65_535));
    const gzip = await packed([bytes]);
    expect(gunzipSync(gzip).equals(bytes)).toBe(true);
    expect(gzip.length).toBe(18 + 5 * blocks + sizeBytes);
  });

  it('does not depend on how its input is cut', async () => {
    const bytes = Buffer.alloc(140_000, 'any text');
    const whole = await packed([bytes]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1 }), async (lengths) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        fc.pre(total / lengths.length > 100);
        expect((await packed(cut(bytes, lengths))).equals(whole)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

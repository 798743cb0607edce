import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storeXz } from '../../../../scripts/upstream/xz-store.ts';
import { decompress } from '../../../../src/formats/upstream/decompress.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

async function unpack(bytes: Uint8Array): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(bytes, 'xz', 1 << 20, 'test.xz')) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Bytes without a pattern that could hide a chunk put in the wrong place. */
function noise(length: number): Buffer {
  const block = (at: number) => createHash('sha256').update(String(at)).digest();
  return Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, (_, at) => block(at))).subarray(
    0,
    length,
  );
}

describe('storeXz', () => {
  it.each([0, 1, 3, 4, 65_535, 65_536, 65_537, 131_072, 200_000])('stores %i bytes', async (length) => {
    expect((await unpack(storeXz(noise(length)))).equals(noise(length))).toBe(true);
  });

  it('stores anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await unpack(storeXz(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('writes an empty file as xz does', () => {
    // printf '' | xz --check=crc32
    const asXzDoes = 'fd377a585a0000016922de36000000001cdf44219042990d010000000001595a';
    expect(storeXz(new Uint8Array()).toString('hex')).toBe(asXzDoes);
  });

  it('is valid for xz itself, where that is installed', () => {
    const bytes = noise(150_000);
    const xz = spawnSync('xz', ['--decompress', '--stdout'], { input: storeXz(bytes), maxBuffer: 1 << 20 });
    if (xz.error === undefined) expect([xz.status, xz.stdout.equals(bytes)]).toEqual([0, true]);
    else expect(xz.error).toHaveProperty('code', 'ENOENT');
  });

  it('does not survive truncation', async () => {
    const whole = storeXz(noise(1000));
    for (const length of [1, 11, 12, 24, 500, whole.length - 1]) {
      await refusal(unpack(whole.subarray(0, length)), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });

  it('does not survive a flipped bit', async () => {
    const whole = storeXz(noise(500));
    for (const at of [0, 6, 8, 12, 20, 24, 100, 400, whole.length - 1, whole.length - 8, whole.length - 20]) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at);
      await refusal(unpack(flipped), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });
});

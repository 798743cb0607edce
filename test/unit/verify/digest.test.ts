import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/model/errors.ts';
import {
  digestOf,
  digestOfStream,
  isExpected,
  refuseExcess,
  StreamCheck,
  verifyBytes,
  verifyFound,
  verifyPieces,
} from '../../../src/verify/digest.ts';
import { refusal } from '../../support/refusals.ts';

const bytes = Buffer.from('the bytes of a tool\n');
const hex = createHash('sha256').update(bytes).digest('hex');
const expected = { digest: `sha256:${hex}`, sizeBytes: bytes.length } as const;
const flipped = Buffer.from(bytes);
flipped[3] = flipped[3]! ^ 1;

describe('verifyFound', () => {
  it('accepts the size and digest that were vouched for', () => {
    verifyFound({ ...expected }, expected, 'tool');
    verifyBytes(bytes, expected, 'tool');
  });

  it.each([
    undefined,
    `sha256:${hex.slice(2)}`,
    `sha256:${hex}00`,
    `sha256:${hex.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}`,
    `sha512:${hex}`,
    'sha256:no hex',
  ] as const)('refuses the digest %j', async (digest) => {
    const verdict = () => verifyFound({ sizeBytes: bytes.length, digest }, expected, 'tool');
    await refusal(verdict, VerificationError, 'DIGEST_MISMATCH');
  });

  it.each([0, bytes.length - 1, bytes.length + 1])(
    'refuses %i bytes, whatever their digest',
    async (sizeBytes) => {
      const error = await refusal(
        () => verifyFound({ ...expected, sizeBytes }, expected, 'tool'),
        VerificationError,
        'SIZE_MISMATCH',
      );
      expect(error.context).toEqual({ expected: bytes.length, found: sizeBytes });
    },
  );
});

it('isExpected wants both, size and digest', () => {
  expect(isExpected(expected, expected)).toBe(true);
  expect(isExpected({ ...expected, sizeBytes: bytes.length + 1 }, expected)).toBe(false);
  expect(isExpected({ ...expected, digest: undefined }, expected)).toBe(false);
});

it('refuseExcess refuses the first byte too many', async () => {
  refuseExcess(bytes.length, expected, 'tool');
  await refusal(() => refuseExcess(bytes.length + 1, expected, 'tool'), VerificationError, 'SIZE_MISMATCH');
});

describe('StreamCheck', () => {
  it('judges what passed since the last restart', () => {
    const check = new StreamCheck(expected, 'tool');
    check.update(flipped);
    check.restart();
    for (const byte of bytes) check.update(Buffer.of(byte));
    check.finish();
  });

  it('refuses other bytes, fewer, and more at once', async () => {
    const streamed = (content: Uint8Array) => () => verifyBytes(content, expected, 'tool');
    await refusal(streamed(flipped), VerificationError, 'DIGEST_MISMATCH');
    await refusal(streamed(bytes.subarray(1)), VerificationError, 'SIZE_MISMATCH');
    const check = new StreamCheck(expected, 'tool');
    check.update(bytes);
    await refusal(() => check.update(Buffer.of(0)), VerificationError, 'SIZE_MISMATCH');
  });
});

async function* pieces(content: Uint8Array) {
  await Promise.resolve();
  for (const byte of content) yield Buffer.of(byte);
}

it.each(['sha256', 'sha512'] as const)('digestOfStream gives the %s of all bytes', async (algorithm) => {
  expect(await digestOfStream(algorithm, pieces(bytes))).toBe(digestOf(algorithm, bytes));
});

describe('verifyPieces', () => {
  it.each(['sha256', 'sha512'] as const)('gives the SHA-256 of what has the right %s', async (algorithm) => {
    const wanted = { digest: digestOf(algorithm, bytes), sizeBytes: bytes.length };
    expect(await verifyPieces(pieces(bytes), wanted, 'tool')).toBe(expected.digest);
    await refusal(verifyPieces(pieces(flipped), wanted, 'tool'), VerificationError, 'DIGEST_MISMATCH');
    for (const content of [bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
      await refusal(verifyPieces(pieces(content), wanted, 'tool'), VerificationError, 'SIZE_MISMATCH');
    }
  });
});

/** The released file, whole, or what was kept of it. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { maxKeptBytes } from '../../../../src/formats/own/evidence.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { Need } from '../../../../src/model/need.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import type { Documents } from '../../../../src/verify/method.ts';
import { assetFileOf, assetNeeds, isAssetRead } from '../../../../src/verify/methods/asset-file.ts';
import { documentsOf, tool } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';

const { url } = tool.artifact;
const sized = (sizeBytes: number) => ({ ...tool, artifact: { ...tool.artifact, sizeBytes } });
const hashed = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');

/** What was asked for, of which some is there. */
function askedFor(roles: readonly string[], contents: Parameters<typeof documentsOf>[0]): Documents {
  return { ...documentsOf(contents), has: ({ role }: Need) => roles.includes(role) };
}

describe('it needs', () => {
  it('the file, no larger than its server says, nor than memory', () => {
    const file = { kind: 'file', role: 'asset', url, hasExcerpt: true };
    expect(assetNeeds(tool, askedFor([], {}))).toEqual([{ ...file, maxBytes: 10 }]);
    expect(assetNeeds(sized(2 ** 31), askedFor([], {}))).toEqual([{ ...file, maxBytes: 2 ** 30 }]);
    expect(assetNeeds(tool, askedFor(['asset'], { asset: 'ten bytes.' }))).toEqual([]);
  });

  it('its digests, where it was not kept', () => {
    const digests = { kind: 'file', role: 'asset-digests', url, maxBytes: 4096, isOptional: true };
    expect(assetNeeds(tool, askedFor(['asset'], {}))).toEqual([digests]);
    expect(assetNeeds(tool, askedFor(['asset', 'asset-digests'], {}))).toEqual([]);
  });

  it('is read where it is there', () => {
    const read = [
      askedFor([], { asset: 'ten bytes.' }),
      askedFor(['asset'], {}),
      askedFor(['asset'], { asset: 'ten bytes.' }),
    ].map((documents) => isAssetRead(tool, documents));
    expect(read).toEqual([false, false, true]);
  });
});

describe('what is kept', () => {
  it.each([
    ['the file, up to a megabyte', maxKeptBytes, true],
    ['its digests, of a larger one', maxKeptBytes + 1, false],
  ])('is %s, and says the same', (_, sizeBytes, isKept) => {
    const bytes = Buffer.alloc(sizeBytes, 7);
    const found = assetFileOf(sized(sizeBytes), documentsOf({ asset: bytes }));
    expect(found).toMatchObject({ digest: digestOf('sha256', bytes), isKept });
    const [, ...kept] = found.documents;
    expect(kept.map(({ role }) => role)).toEqual(isKept ? [] : ['asset-digests']);
    for (const digests of kept) {
      const again = assetFileOf(sized(sizeBytes), documentsOf({ 'asset-digests': digests.bytes }));
      expect(again).toMatchObject({ digest: found.digest, bytes: undefined, isKept: false });
      expect(again.blake2b).toEqual(found.blake2b);
      expect(again.documents.map(({ role, sizeBytes: size }) => [role, size])).toEqual([
        ['asset', sizeBytes],
        ['asset-digests', digests.bytes.length],
      ]);
    }
  });

  const bytes = Buffer.from('ten bytes.');
  const lines = (name: string) =>
    `SHA256 (${name}) = ${hashed('sha256', bytes)}\nBLAKE2b (${name}) = ${hashed('blake2b512', bytes)}\n`;
  const own = lines('tool-amd64');

  it.each([
    ['nothing', ''],
    ['a page', '<html>'],
    ['digests of another file', lines('tool-arm64')],
    ['a line more', `${own}${own}`],
    ['a line before', `\n${own}`],
    ['a line less', own.slice(0, own.indexOf('\n') + 1)],
    ['no line feed at its end', own.trimEnd()],
    ['other letters', own.toUpperCase()],
  ])('is refused as digests of it: %s', async (_, text) => {
    expect(assetFileOf(tool, documentsOf({ 'asset-digests': own })).digest).toBe(digestOf('sha256', bytes));
    const read = () => assetFileOf(tool, documentsOf({ 'asset-digests': text }));
    await refusal(read, VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('is missed where there is neither, and refused in another size', async () => {
    await refusal(() => assetFileOf(tool, documentsOf({})), VerificationError, 'EVIDENCE_MISSING');
    for (const text of ['nine byte', 'eleven byte']) {
      await refusal(
        () => assetFileOf(tool, documentsOf({ asset: text })),
        VerificationError,
        'SIZE_MISMATCH',
      );
    }
  });
});

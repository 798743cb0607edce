/** A bill of materials and a signature over a digest: what a refusal says of them where they do not agree. */
import { describe, expect, it } from 'vitest';
import type { SpdxDocument } from '../../../../src/formats/upstream/spdx-document.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { requireListed } from '../../../../src/verify/sbom/agreement.ts';
import { hexA, hexB } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';

const [signed, other]: readonly [Digest, Digest] = [`sha256:${hexA}`, `sha256:${hexB}`];
const listing = (hex: string) => ({ checksums: new Map([['SHA256', hex]]), isAmbiguous: false });
const sbom: SpdxDocument = {
  ...{ name: 'Release v1.0.0', namespace: 'https://example.org/v1.0.0' },
  files: new Map([
    ['bin/tool', listing(hexA)],
    ['bin/other', listing(hexB)],
  ]),
};
const expected = { name: sbom.name, namespace: sbom.namespace, path: 'bin/tool' };
const ask = (digest: Digest, changes: Partial<typeof expected> = {}) =>
  requireListed(digest, { ...expected, ...changes }, sbom, 'release.spdx');

it('agree on the digest of one file', () => {
  expect(ask(signed)).toEqual([signed]);
  expect(ask(other, { path: 'bin/other' })).toEqual([other]);
});

describe('are refused, by name', () => {
  it.each([
    ['DocumentName', { name: 'Release v1.0.1' }, 'Release v1.0.0'],
    ['DocumentNamespace', { namespace: 'https://example.org/v1.0.1' }, 'https://example.org/v1.0.0'],
  ])('where the %s is of another release', async (field, wanted, found) => {
    const { message, context } = await refusal(
      () => ask(signed, wanted),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(message).toContain(`release.spdx has the ${field} `);
    expect(context).toEqual({ field, expected: Object.values(wanted)[0], found });
  });

  it.each([
    ['another file of it was signed', other, 'which it lists as "bin/other"'],
    ['what was signed is in no list', `sha256:${'c'.repeat(64)}`, 'which it does not list'],
  ] as const)('where %s', async (_, digest, said) => {
    const { message, context } = await refusal(() => ask(digest), VerificationError, 'DIGEST_MISMATCH');
    expect(message).toContain(`lists bin/tool with ${signed}; signed in its place is ${digest}, ${said}`);
    expect(context).toEqual({ path: 'bin/tool', expected: signed, found: digest });
  });
});

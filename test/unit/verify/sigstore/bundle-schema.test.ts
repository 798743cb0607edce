import { expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { bundleSchema, type BundleJson } from '../../../../src/verify/sigstore/bundle-schema.ts';
import { sign } from '../../../support/throwaway-sigstore.ts';

it('an entry that names no place in its log is the first one there', () => {
  const bundle = JSON.parse(blobBundle(sign())) as BundleJson;
  const [entry] = bundle.verificationMaterial.tlogEntries ?? [];
  for (const one of [entry, entry?.inclusionProof]) delete one?.logIndex;
  const [read] = bundleSchema.parse(bundle).verificationMaterial.tlogEntries;
  expect([read?.logIndex, read?.inclusionProof?.logIndex]).toEqual(['0', '0']);
});

it.each([
  ['253402300799', true],
  ['253402300800', false],
  ['0', true],
  ['00', false],
  ['-1', false],
])('an entry of the second %s since 1970 is one: %j', (integratedTime, isOne) => {
  const bundle = JSON.parse(blobBundle(sign())) as BundleJson;
  const { tlogEntries, ...material } = bundle.verificationMaterial;
  const verificationMaterial = {
    ...material,
    tlogEntries: tlogEntries?.map((one) => ({ ...one, integratedTime })),
  };
  expect(bundleSchema.safeParse({ ...bundle, verificationMaterial }).success).toBe(isOne);
});

import { expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { checkShape } from '../../../../src/formats/upstream/shape.ts';
import { bundleShape } from '../../../../src/verify/sigstore/bundle-schema.ts';
import { sign } from '../../../support/throwaway-sigstore.ts';

it('an entry that names no place in its log is the first one there', () => {
  const bundle = blobBundle(sign()).replaceAll(/"logIndex":\s*"?\d+"?,/g, '');
  const [read] = bundleShape(JSON.parse(bundle), []).verificationMaterial.tlogEntries;
  expect([read?.logIndex, read?.inclusionProof?.logIndex]).toEqual(['0', '0']);
});

it.each([
  ['253402300799', true],
  ['253402300800', false],
  ['0', true],
  ['00', false],
  ['-1', false],
])('an entry of the second %s since 1970 is one: %j', (integratedTime, isOne) => {
  const bundle = blobBundle(sign()).replace(
    /"integratedTime":\s*"\d+"/,
    `"integratedTime":"${integratedTime}"`,
  );
  expect(bundle).toContain(`"${integratedTime}"`);
  expect(checkShape(bundleShape, JSON.parse(bundle), []) !== undefined).toBe(isOne);
});

import { expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import type { Problem } from '../../../../src/formats/text/problems.ts';
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

it.each([
  [5, '5'],
  [0, '0'],
  ['17', '17'],
  [9007199254740991, '9007199254740991'],
  [9007199254740992, 'must be less than 2^53'],
  ['9007199254740992', 'must be less than 2^53'],
  ['12345678901234567', 'must be digits'],
  [-1, 'must be digits, found -1'],
  [1.5, 'must be of type string, found 1.5'],
  ['1x', 'must be digits, found "1x"'],
  ['x1', 'must be digits, found "x1"'],
  ['', 'must be digits, found ""'],
  [true, 'must be of type string, found true'],
  [[], 'must be of type string'],
])('the place %j is read as %s', (logIndex, said) => {
  const problems: Problem[] = [];
  const read = checkShape(bundleShape, changed({ logIndex }), problems);
  const [entry] = read?.verificationMaterial.tlogEntries ?? [];
  expect(entry?.logIndex ?? problems[0]?.message).toContain(said);
  if (entry === undefined)
    expect(problems[0]?.path).toEqual(['verificationMaterial', 'tlogEntries', 0, 'logIndex']);
});

it.each([
  [16_384, true],
  [16_385, false],
])('a checkpoint of %i characters is one: %j', (length, isOne) => {
  const inclusionProof = { ...genuine().inclusionProof, checkpoint: { envelope: 'x'.repeat(length) } };
  expect(checkShape(bundleShape, changed({ inclusionProof }), []) !== undefined).toBe(isOne);
});

it.each([
  [64, true],
  [65, false],
])('a proof of %i hashes is one: %j', (length, isOne) => {
  const inclusionProof = { ...genuine().inclusionProof, hashes: Array(length).fill('AAAA') };
  expect(checkShape(bundleShape, changed({ inclusionProof }), []) !== undefined).toBe(isOne);
});

it('an entry without a time is of the second 0', () => {
  const [entry] = bundleShape(changed({ integratedTime: null }), []).verificationMaterial.tlogEntries;
  expect(entry?.integratedTime).toBe('0');
});

it('has certificates, and at least one', () => {
  const { verificationMaterial, ...bundle } = JSON.parse(blobBundle(sign())) as Bundle;
  const { certificate, ...material } = verificationMaterial;
  const withChain = (certificates: unknown[]) =>
    checkShape(
      bundleShape,
      { ...bundle, verificationMaterial: { ...material, x509CertificateChain: { certificates } } },
      [],
    );
  expect(withChain([certificate])).toBeDefined();
  expect(withChain([])).toBeUndefined();
});

it.each([
  ['SHA2_256', true],
  ['SHA2_384', true],
  ['SHA2_512', true],
  ['SHA2_224', false],
])('may sign by %s: %j', (algorithm, isOne) => {
  const text = blobBundle(sign()).replace('SHA2_256', algorithm);
  expect(checkShape(bundleShape, JSON.parse(text), []) !== undefined).toBe(isOne);
});

interface Bundle {
  readonly verificationMaterial: {
    readonly certificate?: unknown;
    readonly tlogEntries: readonly { readonly inclusionProof: object }[];
  };
}

function genuine() {
  const bundle = JSON.parse(blobBundle(sign())) as Bundle;
  return bundle.verificationMaterial.tlogEntries[0]!;
}

/** With an entry that says something else. */
function changed(entry: object): unknown {
  const { verificationMaterial, ...bundle } = JSON.parse(blobBundle(sign())) as Bundle;
  const tlogEntries = verificationMaterial.tlogEntries.map((one) => ({ ...one, ...entry }));
  return { ...bundle, verificationMaterial: { ...verificationMaterial, tlogEntries } };
}

/** What proves a target without its repository: whole, in order, and signed by enough. Years later as well. */
import { describe, expect, it } from 'vitest';
import { flipBit } from '../../../../scripts/upstream/bits.ts';
import type { TufRepositoryOptions } from '../../../../scripts/upstream/tuf-repository.ts';
import { AssayError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { verifyKeptRoots, verifyKeptTarget } from '../../../../src/verify/tuf/kept-metadata.ts';
import { openPinnedTufRoot } from '../../../../src/verify/tuf/update.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  fileOf,
  keys,
  newKeys,
  pinOf,
  repository,
  rootOf,
  strangers,
  target,
} from '../../../support/tuf-rehearsal.ts';

/** By exactly as many as have to sign. */
const [two, newTwo] = [keys.targets.slice(1), newKeys.targets.slice(1)];
const published = repository({
  generations: [keys, keys, newKeys],
  signers: { root: [...two, ...newTwo], targets: newTwo },
  expires: { root: new Date(0), targets: new Date(0) },
});

interface Kept {
  readonly targets: Uint8Array;
  readonly roots: readonly Uint8Array[];
}

function keptOf(from = published): Kept {
  return { targets: fileOf(from, '1.targets.json'), roots: from.roots.slice(1) };
}

function judge({ targets, roots }: Kept, bytes: Uint8Array = target.bytes, name = target.name): void {
  const pinned = openPinnedTufRoot(rootOf(published.roots, 1), pinOf(published).root, 'root.json');
  const kept = roots.map((root, index) => ({ path: `root-${String(index + 2)}.json`, bytes: root }));
  verifyKeptTarget(verifyKeptRoots(pinned, kept), { path: 'targets.json', bytes: targets }, { name, bytes });
}

function refused(code: ErrorCode, ...given: Parameters<typeof judge>): Promise<VerificationError> {
  return refusal(() => judge(...given), VerificationError, code);
}

const kept = keptOf();
const [second = Buffer.of(), third = Buffer.of()] = kept.roots;

it('proves the target, long after all of it has expired', () => {
  judge(kept);
  // Who signed the first root signs for the second as well: the chain may end there for what they signed.
  judge({ ...keptOf(repository({ generations: [keys] })), roots: [] });
});

describe('the chain of roots', () => {
  it('has no gap, no other order, and none twice', async () => {
    await refused('SUBJECT_MISMATCH', { ...kept, roots: [third] });
    await refused('SIGNATURE_INVALID', { ...kept, roots: [] });
    await refused('SIGNATURE_INVALID', { ...kept, roots: [second] });
    await refused('SUBJECT_MISMATCH', { ...kept, roots: [third, second] });
    await refused('METADATA_ROLLBACK', { ...kept, roots: [second, second, third] });
    await refused('METADATA_ROLLBACK', { ...kept, roots: [rootOf(published.roots, 1), second, third] });
  });

  it.each([
    ['by one of the two that the root before asks for', [...two.slice(1), ...newTwo]],
    ['by one of the two that it asks for itself', [...two, ...newTwo.slice(1)]],
    ['by strangers besides', [...two, ...strangers.root]],
  ])('is refused where a root is signed %s', async (_, root) => {
    const weak = repository({ generations: [keys, keys, newKeys], signers: { root, targets: newTwo } });
    const { message } = await refused('SIGNATURE_INVALID', {
      ...kept,
      roots: [second, rootOf(weak.roots, 3)],
    });
    expect(message).toContain('root-3.json');
  });

  it('is not followed without end', async () => {
    const generations = Array.from({ length: 66 }, () => keys);
    const { roots } = repository({ generations });
    judge({ ...keptOf(repository()), roots: roots.slice(1, 65) });
    await refused('LIMIT_EXCEEDED', { ...kept, roots: roots.slice(1) });
  });
});

describe('the targets', () => {
  const cases: readonly (readonly [string, ErrorCode, Partial<TufRepositoryOptions>])[] = [
    ['that the keys of an older root signed', 'SIGNATURE_INVALID', { signers: { targets: two } }],
    ['that one signed of two', 'SIGNATURE_INVALID', { signers: { targets: newTwo.slice(1) } }],
    ['that strangers signed', 'SIGNATURE_INVALID', { signers: { targets: strangers.targets } }],
    ['that nobody signed', 'SIGNATURE_INVALID', { signers: { targets: [] } }],
    ['that list no such target', 'EVIDENCE_MISSING', { target: { ...target, name: 'other.json' } }],
    [
      'that list other bytes',
      'DIGEST_MISMATCH',
      { target: { ...target, bytes: flipBit(target.bytes, target.bytes.length * 4) } },
    ],
  ];

  it.each(cases)('are refused %s', async (_, code, options) => {
    const other = repository({ generations: [keys, keys, newKeys], ...options });
    await refused(code, { ...kept, targets: fileOf(other, '1.targets.json') });
  });

  it.each(['timestamp.json', '1.snapshot.json', '3.root.json'])('are no %s', async (name) => {
    await refused('EVIDENCE_MALFORMED', { ...kept, targets: fileOf(published, name) });
  });

  it('prove those bytes, and under that name', async () => {
    await refused('SIZE_MISMATCH', kept, target.bytes.subarray(1));
    await refused('DIGEST_MISMATCH', kept, flipBit(target.bytes, 999));
    await refused('EVIDENCE_MISSING', kept, target.bytes, 'other.json');
  });
});

it.each<[string, Uint8Array, (bytes: Uint8Array) => Kept]>([
  ['the second root', second, (bytes) => ({ ...kept, roots: [bytes, third] })],
  ['the third root', third, (bytes) => ({ ...kept, roots: [second, bytes] })],
  ['the targets', kept.targets, (bytes) => ({ ...kept, targets: bytes })],
])('is refused with a bit of %s changed', (_, bytes, edited) => {
  const taken: number[] = [];
  // The signatures that nobody needs of the second root, which all three sign, are not looked at here.
  const begin = Buffer.from(bytes).indexOf('"signed"');
  for (let bit = begin * 8; bit < bytes.length * 8; bit += 499) {
    try {
      judge(edited(flipBit(bytes, bit)));
      taken.push(bit);
    } catch (error) {
      if (!(error instanceof AssayError) || error.exitCode !== 5) throw error;
    }
  }
  expect(taken).toEqual([]);
});

/**
 * From fetched copies of key files to the very bytes that are kept, for `update-trust`.
 *
 *   1. each copy by itself holds exactly the wanted primaries, each fit to vouch (`key-block.ts`);
 *   2. the copies are joined, so that what any of them says of a key counts, and put into canonical form;
 *   3. that form is no older than the known one;
 *   4. and the bytes of it are checked once more, as they will be when they are used.
 */
import { VerificationError } from '../../model/errors.ts';
import type { KeyReport } from '../../model/openpgp-key.ts';
import { canonicalKeyBlock } from './canonical-keys.ts';
import { verifyKeyBlock } from './key-block.ts';
import { requireNotOlder } from './key-rollback.ts';
import { mergeCopies, readPublicKeys } from './read-keys.ts';

export interface KeptKeys {
  /** Armored, in canonical form. */
  readonly bytes: Uint8Array;
  /** In the order of their fingerprints. */
  readonly keys: readonly KeyReport[];
}

/**
 * `copies` are untrusted; `primaries` (full fingerprints) are what was pinned or accepted; `known` is the trusted
 * file of before.
 *
 * Throws as `verifyKeyBlock` does, and VerificationError `METADATA_ROLLBACK`.
 */
export async function prepareFetchedKeys(
  copies: readonly Uint8Array[],
  primaries: readonly string[],
  known: Uint8Array | undefined,
  now: Date,
): Promise<KeptKeys> {
  // 1.
  for (const copy of copies) await verifyKeyBlock(copy, primaries, now);
  // 2.
  const read = await Promise.all(copies.map(readPublicKeys));
  const bytes = await canonicalKeyBlock(mergeCopies(read.flatMap(({ keys }) => keys)));
  // 3.
  const { keys: fetched } = await readPublicKeys(bytes);
  if (known !== undefined) requireNotOlder((await readPublicKeys(await canonicalise(known))).keys, fetched);
  // 4.
  return { bytes, keys: await verifyKeyBlock(bytes, primaries, now) };
}

/** Trusted bytes in canonical form: a file that has it already stays as it is, byte for byte. */
export async function canonicalise(bytes: Uint8Array): Promise<Uint8Array> {
  return canonicalKeyBlock((await readPublicKeys(bytes)).keys);
}

/**
 * The primaries of untrusted copies, upper-case hex, which all have to be of the same keys.
 *
 * Throws VerificationError `PIN_MISMATCH` where they differ, and as `readPublicKeys` does.
 */
export async function primariesOf(copies: readonly Uint8Array[]): Promise<readonly string[]> {
  const sets: string[][] = [];
  for (const copy of copies) {
    const { keys } = await readPublicKeys(copy);
    sets.push(keys.map((key) => key.getFingerprint().toUpperCase()).sort());
  }
  const [first = []] = sets;
  const partial = [...new Set(sets.flat())].filter((one) => !sets.every((set) => set.includes(one)));
  if (partial.length > 0) {
    const which = partial.sort().join(', ');
    throw new VerificationError(
      'PIN_MISMATCH',
      `the sources serve different keys; not by all of them: ${which}`,
      {
        hint: 'Find out which one is right, through another channel: one of them may be in strange hands.',
        context: { served: sets },
      },
    );
  }
  return first;
}

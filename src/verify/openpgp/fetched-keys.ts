/**
 * From fetched copies of key files to the very bytes that are kept, for `update-trust`.
 *
 *   1. each copy by itself holds exactly the wanted primaries, each fit to vouch (`key-block.ts`);
 *   2. the copies are joined, so that what any of them says of a key counts, and put into canonical form;
 *   3. that form is no older than the known one;
 *   4. and the bytes of it are checked once more, as they will be when they are used.
 */
import { VerificationError } from '../../model/errors.ts';
import type { KeyStanding } from './appraise-key.ts';
import { canonicalKeyBlock } from './canonical-keys.ts';
import { fingerprintOf, verifyKeyBlock, type KeyBlock, type KeyPins } from './key-block.ts';
import { joinKeyFiles, notesOf } from './key-file.ts';
import { refuseOlderKeys } from './key-rollback.ts';
import { appraisePrimary } from './primary-standing.ts';
import { readPublicKeys } from './read-keys.ts';

export interface KeptKeys extends KeyBlock {
  /** Armored, in canonical form: the pinned keys alone, in the order of their fingerprints. */
  readonly bytes: Uint8Array;
}

/**
 * `copies` are untrusted; `pins` are trusted or accepted; `known` is the trusted file of before.
 *
 * Throws as `verifyKeyBlock` does, and VerificationError `METADATA_ROLLBACK`.
 */
export async function prepareFetchedKeys(
  copies: readonly Uint8Array[],
  { fingerprints, retired = [] }: KeyPins,
  known: Uint8Array | undefined,
  now: Date,
): Promise<KeptKeys> {
  // 1.
  for (const copy of copies) await verifyKeyBlock(copy, { fingerprints, retired }, now);
  // 2.
  const joined = await joinKeyFiles(await Promise.all(copies.map(readPublicKeys)));
  const pinned = joined.keys.filter((key) => !retired.includes(fingerprintOf(key)));
  const bytes = await canonicalKeyBlock(pinned);
  // 3.
  const { keys: fetched } = await readPublicKeys(bytes);
  if (known !== undefined) refuseOlderKeys((await readPublicKeys(await canonicalise(known))).keys, fetched);
  // 4.
  const { keys } = await verifyKeyBlock(bytes, { fingerprints }, now);
  return { bytes, keys, notes: notesOf(joined) };
}

/** Trusted bytes in canonical form: a file that has it already stays as it is, byte for byte. */
export async function canonicalise(bytes: Uint8Array): Promise<Uint8Array> {
  return canonicalKeyBlock((await readPublicKeys(bytes)).keys);
}

export interface ServedKey {
  /** Of the primary: upper-case hex. */
  readonly fingerprint: string;
  /** By everything that is known of it: a copy that holds back a revocation does not make it better. */
  readonly standing: KeyStanding;
  readonly isInEveryCopy: boolean;
}

/** The keys of untrusted copies, by fingerprint, each judged together with `known`. Throws as `readPublicKeys` does. */
export async function surveyCopies(
  copies: readonly Uint8Array[],
  known: Uint8Array | undefined,
  now: Date,
): Promise<readonly ServedKey[]> {
  const read = await Promise.all(copies.map(readPublicKeys));
  const sets = read.map(({ keys }) => new Set(keys.map(fingerprintOf)));
  const trusted = known === undefined ? [] : [await readPublicKeys(known)];
  const { keys } = await joinKeyFiles([...read, ...trusted]);
  const served: ServedKey[] = [];
  for (const key of keys) {
    const fingerprint = fingerprintOf(key);
    if (!sets.some((set) => set.has(fingerprint))) continue;
    const isInEveryCopy = sets.every((set) => set.has(fingerprint));
    served.push({ fingerprint, standing: await appraisePrimary(key, now), isInEveryCopy });
  }
  return served.toSorted((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1));
}

/**
 * That every copy holds the same keys, but for those of no account. Throws VerificationError `PIN_MISMATCH`.
 */
export function requireSameKeys(served: readonly ServedKey[], ofNoAccount: readonly string[]): void {
  const partial = served
    .filter(({ fingerprint, isInEveryCopy }) => !isInEveryCopy && !ofNoAccount.includes(fingerprint))
    .map(({ fingerprint }) => fingerprint);
  if (partial.length === 0) return;
  throw new VerificationError(
    'PIN_MISMATCH',
    `the sources serve different keys; not by all of them: ${partial.join(', ')}`,
    {
      hint: 'Find out which one is right, through another channel: one of them may be in strange hands.',
      context: { partial },
    },
  );
}

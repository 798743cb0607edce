/**
 * A key block against its pins, for `update-trust` and for whoever uses a committed file.
 *
 * It is taken only if its primary keys are exactly the pinned ones, none of them is revoked, each is strong
 * and able to sign, and one at least is usable now. An expired key beside usable ones is reported: it is in
 * the block, and can vouch for nothing. Retired keys may be there or not, in whatever state; they vouch for nothing,
 * and nor does a key that cannot be read.
 */
import { enums, type PublicKey, type Subkey } from 'openpgp';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { KeyReport, SubkeyReport } from '../../model/openpgp-key.ts';
import { describeKeyAlgorithm } from './algorithms.ts';
import { appraiseKey, expiry, isRevoked } from './appraise-key.ts';
import { isAuthentic } from './authentic.ts';
import { notesOf, type KeyFile } from './key-file.ts';
import { parsePin } from './pin.ts';
import { appraisePrimary, refusalOfPrimary, signingSubkeys } from './primary-standing.ts';
import { readPublicKeys } from './read-keys.ts';

const maxKeys = 64;

/** Full fingerprints of primary keys, trusted, as `parsePin` takes them. */
export interface KeyPins {
  /** All of these have to be there, and may vouch. */
  readonly fingerprints: readonly string[];
  /** These may be there, and never vouch. */
  readonly retired?: readonly string[];
}

export interface KeyBlock {
  /** Of the pinned keys, in the order of the block. */
  readonly keys: readonly KeyReport[];
  /** What else is in it: sentences for people. */
  readonly notes: readonly string[];
}

/**
 * Checks an untrusted key block, armored or binary, against its pins. Every key of it may have expired: see
 * `verifyKeyBlock`.
 *
 * Throws VerificationError: `PIN_MISMATCH` where the primaries are not the pinned ones; `SIGNER_UNTRUSTED` for
 * a revoked key or one that cannot sign; `ALGORITHM_REFUSED`, `METADATA_FROM_FUTURE`,
 * `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`. UsageError `TRUST_INVALID` for a pin that is none.
 */
export async function appraiseKeyBlock(bytes: Uint8Array, pins: KeyPins, now: Date): Promise<KeyBlock> {
  const { appraised, notes } = await appraiseAll(bytes, pins, now);
  return { keys: appraised.map(({ report }) => report), notes };
}

/**
 * As `appraiseKeyBlock`, and one key at least must be usable: VerificationError `SIGNER_UNTRUSTED` otherwise.
 */
export async function verifyKeyBlock(bytes: Uint8Array, pins: KeyPins, now: Date): Promise<KeyBlock> {
  const { appraised, notes } = await appraiseAll(bytes, pins, now);
  const keys = appraised.map(({ report }) => report);
  if (keys.some((report) => report.status === 'usable')) return { keys, notes };
  const why = appraised.map(({ why }) => why).join('; ');
  throw new VerificationError('SIGNER_UNTRUSTED', `every key of the block has expired: ${why}`, {
    hint: 'Ask the publisher for the renewed key.',
    context: { expired: keys.map((report) => report.fingerprint) },
  });
}

interface Appraised {
  readonly report: KeyReport;
  readonly why: string;
}

async function appraiseAll(
  bytes: Uint8Array,
  pins: KeyPins,
  now: Date,
): Promise<{ readonly appraised: readonly Appraised[]; readonly notes: readonly string[] }> {
  if (Number.isNaN(now.getTime())) throw new UsageError('USAGE', 'the time to judge keys by is not a time');
  const pinned = pins.fingerprints.map(parsePin);
  const file = await readPublicKeys(bytes);
  if (file.keys.length > maxKeys) {
    throw new VerificationError('LIMIT_EXCEEDED', `a block of ${file.keys.length} keys`);
  }
  requireReadable(file, pinned);
  const mismatch = primariesMismatch(
    file.keys.map(fingerprintOf),
    pinned,
    (pins.retired ?? []).map(parsePin),
  );
  if (mismatch !== undefined) throw mismatch;

  const appraised: Appraised[] = [];
  for (const key of file.keys) {
    if (pinned.includes(fingerprintOf(key))) appraised.push(await appraise(key, now));
  }
  return { appraised, notes: notesOf(file) };
}

/** That an unknown key cannot be read is no matter; of a pinned one it has to be said. */
function requireReadable({ unreadable }: KeyFile, pinned: readonly string[]): void {
  const key = unreadable.find(({ fingerprint }) => fingerprint !== undefined && pinned.includes(fingerprint));
  if (key === undefined) return;
  const kind = `version ${String(key.version)}, algorithm ${String(key.algorithm)}`;
  throw new VerificationError(
    'ALGORITHM_REFUSED',
    `key ${String(key.fingerprint)} is of a kind that is not supported (${kind}), or broken`,
    { context: { ...key } },
  );
}

/**
 * What is wrong if the primaries that were found are not exactly the pinned ones, besides retired ones:
 * VerificationError `PIN_MISMATCH`. All are upper-case hex.
 */
export function primariesMismatch(
  found: readonly string[],
  pinned: readonly string[],
  retired: readonly string[],
): VerificationError | undefined {
  const missing = pinned.filter((pin) => !found.includes(pin));
  const unexpected = found.filter((one) => !pinned.includes(one) && !retired.includes(one));
  if (missing.length === 0 && unexpected.length === 0) return undefined;
  const parts = [
    missing.length === 0 ? '' : `pinned but not there: ${missing.join(', ')}`,
    unexpected.length === 0 ? '' : `there but not pinned: ${unexpected.join(', ')}`,
  ];
  return new VerificationError(
    'PIN_MISMATCH',
    `other keys than the pinned ones; ${parts.filter(Boolean).join('; ')}`,
    {
      hint: 'Check the fingerprints with the publisher, through another channel. If they are right, name them with --accept.',
      context: { missing, unexpected },
    },
  );
}

/** Throws VerificationError for a key that is neither usable nor was. */
async function appraise(key: PublicKey, now: Date): Promise<Appraised> {
  const standing = await appraisePrimary(key, now);
  if (standing.kind !== 'usable' && standing.kind !== 'expired') throw refusalOfPrimary(standing);
  const subkeys = await signingSubkeys(key);
  const report: KeyReport = {
    fingerprint: fingerprintOf(key),
    ...describeKeyAlgorithm(key.keyPacket),
    created: key.getCreationTime(),
    expires: await expiry(key, key, now),
    userIds: await certifiedUserIds(key),
    signingSubkeys: await Promise.all(subkeys.map((subkey) => reportSubkey(key, subkey, now))),
    status: standing.kind,
  };
  return { report, why: standing.kind === 'usable' ? '' : standing.why };
}

async function reportSubkey(key: PublicKey, subkey: Subkey, now: Date): Promise<SubkeyReport> {
  return {
    fingerprint: subkey.getFingerprint().toUpperCase(),
    ...describeKeyAlgorithm(subkey.keyPacket),
    created: subkey.getCreationTime(),
    expires: await expiry(key, subkey, now),
    revoked: await isRevoked(key, subkey),
    status: (await appraiseKey(key, subkey, now)).kind,
  };
}

/** Anybody can add a user ID to a published key; only its owner can certify one. */
async function certifiedUserIds(key: PublicKey): Promise<string[]> {
  const userIds: string[] = [];
  for (const { userID, selfCertifications } of key.users) {
    if (userID === null) continue;
    const data = { userID, key: key.keyPacket };
    for (const certification of selfCertifications) {
      if (!(await isAuthentic(certification, key.keyPacket, enums.signature.certGeneric, data))) continue;
      userIds.push(userID.userID);
      break;
    }
  }
  return userIds;
}

/** @internal */
export function fingerprintOf(key: PublicKey): string {
  return key.getFingerprint().toUpperCase();
}

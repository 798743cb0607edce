/**
 * A fetched key block against its pins, for `update-trust`.
 *
 * It is taken only if its primary keys are exactly the pinned ones, none of them is revoked, each is strong
 * and able to sign, and one at least is usable now. An expired key beside usable ones is reported: it is in
 * the block, and can vouch for nothing.
 */
import { enums, type PublicKey, type Subkey } from 'openpgp';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { KeyReport, SubkeyReport } from '../../model/openpgp-key.ts';
import { describeKeyAlgorithm } from './algorithms.ts';
import { appraiseKey, expiry, isMarkedForSigning, isRevoked, type KeyStanding } from './appraise-key.ts';
import { isAuthentic } from './authentic.ts';
import { parsePin } from './pin.ts';
import { readPublicKeys } from './read-keys.ts';

const maxKeys = 64;

/**
 * Checks an untrusted key block, armored or binary, against trusted pins (as `parsePin` takes them). The
 * reports come in the order of the block. Every key of it may have expired: see `verifyKeyBlock`.
 *
 * Throws VerificationError: `PIN_MISMATCH` where the primaries are not the pinned ones; `SIGNER_UNTRUSTED` for
 * a revoked key or one that cannot sign; `ALGORITHM_REFUSED`, `METADATA_FROM_FUTURE`,
 * `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`. UsageError `TRUST_INVALID` for a pin that is none.
 */
export async function appraiseKeyBlock(
  bytes: Uint8Array,
  pins: readonly string[],
  now: Date,
): Promise<KeyReport[]> {
  if (Number.isNaN(now.getTime())) throw new UsageError('USAGE', 'the time to judge keys by is not a time');
  const pinned = new Set(pins.map(parsePin));
  const { keys, unreadable } = await readPublicKeys(bytes);
  if (keys.length > maxKeys) throw new VerificationError('LIMIT_EXCEEDED', `a block of ${keys.length} keys`);
  if (unreadable > 0) {
    throw new VerificationError(
      'ALGORITHM_REFUSED',
      `${unreadable} of the keys in the block are of unsupported kinds`,
    );
  }
  const mismatch = primariesMismatch(keys.map(fingerprintOf), pinned);
  if (mismatch !== undefined) throw mismatch;

  const reports: KeyReport[] = [];
  for (const key of keys) reports.push(await reportKey(key, now));
  return reports;
}

/**
 * As `appraiseKeyBlock`, and one key at least must be usable: VerificationError `SIGNER_UNTRUSTED` otherwise.
 */
export async function verifyKeyBlock(
  bytes: Uint8Array,
  pins: readonly string[],
  now: Date,
): Promise<KeyReport[]> {
  const reports = await appraiseKeyBlock(bytes, pins, now);
  if (!reports.some((report) => report.status === 'usable')) {
    throw new VerificationError('SIGNER_UNTRUSTED', 'every key of the block has expired', {
      hint: 'Ask the publisher for the renewed key.',
      context: { expired: reports.map((report) => report.fingerprint) },
    });
  }
  return reports;
}

/**
 * What is wrong if the primaries that were found are not exactly the pinned ones: VerificationError `PIN_MISMATCH`.
 * Both are upper-case hex.
 */
export function primariesMismatch(
  found: readonly string[],
  pinned: ReadonlySet<string>,
): VerificationError | undefined {
  const missing = [...pinned].filter((pin) => !found.includes(pin));
  const unexpected = found.filter((fingerprint) => !pinned.has(fingerprint));
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

async function reportKey(key: PublicKey, now: Date): Promise<KeyReport> {
  const fingerprint = fingerprintOf(key);
  const signingSubkeys: Subkey[] = [];
  for (const subkey of key.subkeys) {
    if (await isMarkedForSigning(key, subkey)) signingSubkeys.push(subkey);
  }
  const standings: KeyStanding[] = [];
  for (const candidate of [key, ...signingSubkeys]) standings.push(await appraiseKey(key, candidate, now));
  // A primary that is weak, revoked or from the future is so in every one of these.
  const standing = statusOrder.find((kind) => standings.some((one) => one.kind === kind)) ?? 'unbound';
  if (standing !== 'usable' && standing !== 'expired') throw refusal(fingerprint, standing);
  return {
    fingerprint,
    ...describeKeyAlgorithm(key.keyPacket),
    created: key.getCreationTime(),
    expires: await expiry(key, key, now),
    userIds: await certifiedUserIds(key),
    signingSubkeys: await Promise.all(signingSubkeys.map((subkey) => reportSubkey(key, subkey, now))),
    status: standing,
  };
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

/** What a key is worth is the best that its parts are; what it lacks is told from the most to the least telling. */
const statusOrder = ['usable', 'expired', 'revoked', 'weak', 'from-future', 'unbound'] as const;

function refusal(
  fingerprint: string,
  kind: 'revoked' | 'weak' | 'from-future' | 'unbound',
): VerificationError {
  const context = { fingerprint };
  switch (kind) {
    case 'weak':
      return new VerificationError('ALGORITHM_REFUSED', `key ${fingerprint} is of a refused kind or size`, {
        hint: 'RSA of 2048 bits or more, Ed25519, Ed448 and ECDSA on a NIST curve are taken: ask the publisher.',
        context,
      });
    case 'from-future':
      return new VerificationError('METADATA_FROM_FUTURE', `key ${fingerprint} is from the future`, {
        hint: 'Is the clock right? Nobody can have confirmed a key that was not made yet.',
        context,
      });
    case 'revoked':
      return new VerificationError('SIGNER_UNTRUSTED', `key ${fingerprint} is revoked`, {
        hint: 'Take it out of the pins, and pin its successor if there is one.',
        context,
      });
    case 'unbound':
      return new VerificationError('SIGNER_UNTRUSTED', `key ${fingerprint} cannot sign data`, {
        hint:
          'Neither it nor a subkey of it is marked for signing by signatures that count: its own, by a hash stronger ' +
          'than SHA-1, and the consent of a subkey. Ask the publisher for a renewed copy.',
        context,
      });
  }
}

function fingerprintOf(key: PublicKey): string {
  return key.getFingerprint().toUpperCase();
}

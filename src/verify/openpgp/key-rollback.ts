/**
 * Is a fetched copy of a key older than the one at hand? A server can hold back what an owner published since: a
 * revocation, a shortened life. What was known once stays known, as it does for a TUF client or a suite's Date.
 *
 * Both sides are in canonical form (`canonical-keys.ts`), so that every signature in them is the owner's.
 */
import type { PublicKey, SignaturePacket } from 'openpgp';
import { VerificationError } from '../../model/errors.ts';
import { escapeForeignName } from '../../model/printable.ts';
import { directSignatures } from './own-signatures.ts';

/**
 * Compares the keys that are in both. Throws VerificationError `METADATA_ROLLBACK` where a revocation is gone, or the
 * newest signature over a key or a subkey is older than the newest one known.
 */
export function refuseOlderKeys(known: readonly PublicKey[], fetched: readonly PublicKey[]): void {
  for (const key of fetched) {
    const before = known.find((one) => one.getFingerprint() === key.getFingerprint());
    if (before === undefined) continue;
    const now = partsOf(key);
    for (const [name, part] of partsOf(before)) {
      const after = now.get(name);
      const mayGo = after === undefined && part.mayGo === true;
      if (part.isRevoked && !mayGo && after?.isRevoked !== true) {
        throw older(key, `the revocation of its ${name}`);
      }
      if (after !== undefined && after.newestMs < part.newestMs) {
        const when = new Date(part.newestMs).toISOString();
        throw older(key, `what its owner signed of the ${name} on ${when}`);
      }
    }
  }
}

interface Part {
  readonly newestMs: number;
  readonly isRevoked: boolean;
  /** Without it, nothing rests on what it said. */
  readonly mayGo?: true;
}

/** By what a message calls them. User IDs come and go, but what is said of the key through any of them counts for it. */
function partsOf(key: PublicKey): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  const aboutKey = [...directSignatures(key), ...key.users.flatMap((user) => user.selfCertifications)];
  parts.set('primary key', {
    newestMs: newest(aboutKey),
    isRevoked: key.revocationSignatures.length > 0,
  });
  for (const { userID, revocationSignatures } of key.users) {
    if (userID === null) continue;
    const isRevoked = revocationSignatures.length > 0;
    parts.set(`user ID ${escapeForeignName(userID.userID)}`, { newestMs: 0, isRevoked, mayGo: true });
  }
  for (const subkey of key.subkeys) {
    parts.set(`subkey ${subkey.getFingerprint().toUpperCase()}`, {
      newestMs: newest(subkey.bindingSignatures),
      isRevoked: subkey.revocationSignatures.length > 0,
    });
  }
  return parts;
}

function newest(signatures: readonly SignaturePacket[]): number {
  return Math.max(0, ...signatures.map(({ created }) => created?.getTime() ?? 0));
}

function older(key: PublicKey, missing: string): VerificationError {
  const fingerprint = key.getFingerprint().toUpperCase();
  return new VerificationError(
    'METADATA_ROLLBACK',
    `an older copy of key ${fingerprint} than the one at hand: ${missing} is not in it`,
    {
      hint: 'A mirror is out of step, or holds something back. If the publisher took it out, remove the key file first.',
      context: { fingerprint, missing },
    },
  );
}

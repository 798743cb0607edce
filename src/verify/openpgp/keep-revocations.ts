/**
 * The revocations that fetched copies hold of keys that are kept already, whatever else is wrong with the copies: a
 * revocation is signed by the key that it takes away, and what is not kept is forgotten by whoever looks offline.
 */
import { Buffer } from 'node:buffer';
import { PacketList, PublicKey, type AnyPacket } from 'openpgp';
import { escapeForeignName } from '../../model/printable.ts';
import { canonicalKeyBlock } from './canonical-keys.ts';
import { fingerprintOf } from './key-block.ts';
import { joinKeyFiles } from './key-file.ts';
import { readWholeBlocks } from './read-keys.ts';

export interface KeptRevocations {
  /** The file of before with the revocations, armored, in canonical form. */
  readonly bytes: Uint8Array;
  /** What is revoked now and was not: `key FINGERPRINT`, `subkey FINGERPRINT of key FINGERPRINT`. */
  readonly revoked: readonly string[];
}

/**
 * `known` is the trusted file of before, `copies` are untrusted, and `pinned` full fingerprints, upper-case hex. Of a
 * pinned key that is not in `known`, all is kept where it is revoked, so that nobody takes it for new. Undefined where
 * there is nothing to add. Throws VerificationError `LIMIT_EXCEEDED`.
 */
export async function keepRevocations(
  known: Uint8Array | undefined,
  copies: readonly Uint8Array[],
  pinned: readonly string[],
): Promise<KeptRevocations | undefined> {
  const isPinned = (key: PublicKey) => pinned.includes(fingerprintOf(key));
  const committed = await readWholeBlocks(known ?? new Uint8Array());
  const before = committed.keys.filter(isPinned);
  const served = await joinKeyFiles(await Promise.all(copies.map(readWholeBlocks)));
  const added = served.keys.filter(isPinned).flatMap((key) => {
    const own = before.find((one) => fingerprintOf(one) === fingerprintOf(key));
    if (own !== undefined) return [revocationsOnly(key, own)];
    return key.revocationSignatures.length > 0 ? [key] : [];
  });
  const { keys: after } = await joinKeyFiles([
    { keys: [...before, ...added], unreadable: [], strays: [...committed.strays, ...served.strays] },
  ]);
  const bytes = await canonicalKeyBlock(after);
  if (Buffer.compare(bytes, await canonicalKeyBlock(before)) === 0) return undefined;
  const wasRevoked = before.flatMap(revokedParts);
  return { bytes, revoked: after.flatMap(revokedParts).filter((name) => !wasRevoked.includes(name)) };
}

/** As sentences name them. */
function revokedParts(key: PublicKey): readonly string[] {
  const name = `key ${fingerprintOf(key)}`;
  const parts = [
    { what: name, signatures: key.revocationSignatures },
    ...key.subkeys.map((subkey) => ({
      what: `subkey ${subkey.getFingerprint().toUpperCase()} of ${name}`,
      signatures: subkey.revocationSignatures,
    })),
    ...key.users.map(({ userID, revocationSignatures }) => ({
      what: `user ID "${escapeForeignName(userID?.userID ?? '')}" of ${name}`,
      signatures: revocationSignatures,
    })),
  ];
  return parts.filter(({ signatures }) => signatures.length > 0).map(({ what }) => what);
}

/** Of `key`, nothing but what takes from `own`. */
function revocationsOnly(key: PublicKey, own: PublicKey): PublicKey {
  const packets = new PacketList<AnyPacket>();
  packets.push(key.keyPacket, ...key.revocationSignatures);
  for (const { userID, revocationSignatures } of key.users) {
    const isOwn = own.users.some((user) => user.userID?.userID === userID?.userID);
    if (userID !== null && isOwn) packets.push(userID, ...revocationSignatures);
  }
  for (const subkey of key.subkeys) {
    const isOwn = own.subkeys.some((one) => one.getFingerprint() === subkey.getFingerprint());
    if (isOwn) packets.push(subkey.keyPacket, ...subkey.revocationSignatures);
  }
  return new PublicKey(packets);
}

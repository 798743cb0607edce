/**
 * Public keys in one fixed form: the same keys are the same bytes, however upstream ordered and armored them.
 *
 * Only what the owner of a key said of it is kept, and of that what verification needs: the primary and its own
 * signatures, the user IDs that it certified, the subkeys that it marked for signing, and every revocation. Each
 * signature that is kept was verified (RFC 9580 section 10.1 is the grammar), and its unhashed part, which nobody
 * signed, is made anew. Whatever a server put between is gone.
 */
import { Buffer } from 'node:buffer';
import {
  PacketList,
  SignaturePacket,
  enums,
  type AnyKeyPacket,
  type AnyPacket,
  type PublicKey,
  type Subkey,
} from 'openpgp';
import { encodeArmor } from './armor.ts';
import { isAuthentic } from './authentic.ts';
import { directSignatures, marksForSigning } from './own-signatures.ts';

/** Subpacket types (RFC 9580 section 5.2.3.7). */
const subpacketType = { issuerKeyId: 16, embeddedSignature: 32 } as const;

/** The one armored block of these keys, as `readPublicKeys` gave them, in the order of their fingerprints. */
export async function canonicalKeyBlock(keys: readonly PublicKey[]): Promise<Uint8Array> {
  const packets = new PacketList<AnyPacket>();
  for (const key of sortedBy(keys, (one) => one.getFingerprint())) packets.push(...(await packetsOf(key)));
  return Buffer.from(encodeArmor(packets.write(), 'PUBLIC KEY BLOCK'));
}

async function packetsOf(key: PublicKey): Promise<AnyPacket[]> {
  const primary = key.keyPacket;
  const { keyRevocation, key: direct, certGeneric } = enums.signature;
  const packets: AnyPacket[] = [
    primary,
    ...(await authentic(key.revocationSignatures, primary, keyRevocation, { key: primary })),
    ...(await authentic(directSignatures(key), primary, direct, { key: primary })),
  ];
  for (const { userID, selfCertifications, revocationSignatures } of sortedBy(key.users, userIdOf)) {
    if (userID === null) continue;
    const data = { key: primary, userID };
    const certifications = await authentic(selfCertifications, primary, certGeneric, data);
    if (certifications.length === 0) continue;
    packets.push(userID, ...certifications);
    packets.push(...(await authentic(revocationSignatures, primary, enums.signature.certRevocation, data)));
  }
  for (const subkey of sortedBy(key.subkeys, (one) => one.getFingerprint())) {
    packets.push(...(await packetsOfSubkey(key, subkey)));
  }
  return packets;
}

/** Nothing of one that the primary did not mark for signing. */
async function packetsOfSubkey({ keyPacket: primary }: PublicKey, subkey: Subkey): Promise<AnyPacket[]> {
  const bound = { key: primary, bind: subkey.keyPacket };
  const { subkeyRevocation, subkeyBinding, keyBinding } = enums.signature;
  // The subkey's own consent to be this primary's (section 10.1.5): without it, anybody could adopt a signing key.
  const consents = async (signature: SignaturePacket): Promise<SignaturePacket[]> =>
    signature.embeddedSignature === null
      ? []
      : authentic([signature.embeddedSignature], subkey.keyPacket, keyBinding, bound);
  const bindings = await authentic(subkey.bindingSignatures, primary, subkeyBinding, bound, consents);
  if (!bindings.some(marksForSigning)) return [];
  const revocations = await authentic(subkey.revocationSignatures, primary, subkeyRevocation, bound);
  return [subkey.keyPacket, ...revocations, ...bindings];
}

/** Those that `signer` made, each once, from the oldest to the newest. */
async function authentic(
  signatures: readonly SignaturePacket[],
  signer: AnyKeyPacket,
  type: enums.signature,
  data: object,
  embedded: (signature: SignaturePacket) => Promise<SignaturePacket[]> = () => Promise.resolve([]),
): Promise<SignaturePacket[]> {
  const byBytes = new Map<string, SignaturePacket>();
  for (const signature of signatures) {
    if (!(await isAuthentic(signature, signer, type, data))) continue;
    const bare = withUnhashed(signature, signer, await embedded(signature));
    byBytes.set(`${createdHex(bare)} ${hexOf(bare.write())}`, bare);
  }
  return sortedBy([...byBytes], ([bytes]) => bytes).map(([, signature]) => signature);
}

/**
 * The signature with an unhashed part of ours: the key ID of who made it, where readers look for it, and the consent
 * of a subkey where it is not in the hashed part.
 */
function withUnhashed(
  signature: SignaturePacket,
  signer: AnyKeyPacket,
  embedded: readonly SignaturePacket[],
): SignaturePacket {
  const { issuerKeyId, embeddedSignature } = subpacketType;
  const wasUnhashed = signature.unhashedSubpackets.some(({ type }) => type === embeddedSignature);
  const copy = new SignaturePacket();
  copy.read(signature.write());
  copy.unhashedSubpackets = [
    // RFC 9580 section 5.2.3.12: not for keys later than version 4, whose fingerprint is in the hashed part.
    ...(copy.version === 4 ? [{ type: issuerKeyId, body: keyIdOf(signer) }] : []),
    ...(wasUnhashed ? embedded.map((one) => ({ type: embeddedSignature, body: one.write() })) : []),
  ].map((subpacket) => ({ ...subpacket, critical: false }));
  return copy;
}

function keyIdOf(signer: AnyKeyPacket): Uint8Array {
  return Buffer.from(signer.getKeyID().toHex(), 'hex');
}

function createdHex({ created }: SignaturePacket): string {
  // Of null, 0.
  return Number(created).toString(16).padStart(12, '0');
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function userIdOf({ userID }: PublicKey['users'][number]): string {
  return userID?.userID ?? '';
}

/** By code units: the same order everywhere. */
function sortedBy<T>(items: readonly T[], name: (item: T) => string): T[] {
  return items.toSorted((a, b) => Number(name(a) > name(b)) - Number(name(a) < name(b)));
}

/** What a primary signed about itself, and about its subkeys. */
import { SignaturePacket, enums, type AnyKeyPacket, type PublicKey, type Subkey } from 'openpgp';
import { isStrongHash } from './algorithms.ts';
import { isAuthentic } from './authentic.ts';

/** A signature as it stands in a key, and what it would be over. */
interface Claim {
  readonly signature: SignaturePacket;
  readonly type: enums.signature;
  readonly data: object;
}

/** Over the primary itself, directly or with a user ID. */
export function selfSignatures(key: PublicKey): Promise<SignaturePacket[]> {
  const { keyPacket } = key;
  const direct = { type: enums.signature.key, data: { key: keyPacket } };
  const claims: Claim[] = directSignatures(key).map((signature) => ({ signature, ...direct }));
  for (const { userID, selfCertifications } of key.users) {
    if (userID === null) continue;
    const over = { type: enums.signature.certGeneric, data: { key: keyPacket, userID } };
    claims.push(...selfCertifications.map((signature) => ({ signature, ...over })));
  }
  return authenticOf(claims, keyPacket);
}

export function bindingsOf({ keyPacket }: PublicKey, subkey: Subkey): Promise<SignaturePacket[]> {
  const over = { type: enums.signature.subkeyBinding, data: { key: keyPacket, bind: subkey.keyPacket } };
  return authenticOf(
    subkey.bindingSignatures.map((signature) => ({ signature, ...over })),
    keyPacket,
  );
}

export function marksForSigning({ keyFlags }: SignaturePacket): boolean {
  return ((keyFlags?.[0] ?? 0) & enums.keyFlags.signData) !== 0;
}

/** A subkey's own consent to be this primary's (RFC 9580 section 10.1.5), which stands in its binding. */
export function consentsOf(
  { keyPacket }: PublicKey,
  subkey: Subkey,
  { embeddedSignature: signature }: SignaturePacket,
): Promise<SignaturePacket[]> {
  if (signature === null) return Promise.resolve([]);
  const over = { type: enums.signature.keyBinding, data: { key: keyPacket, bind: subkey.keyPacket } };
  return authenticOf([{ signature, ...over }], subkey.keyPacket);
}

/**
 * The authentic ones. Where there is none, those with a weak hash: openpgp.js does not compute such a signature for
 * every kind of key, and whoever asks wants to know what is wrong.
 */
async function authenticOf(claims: readonly Claim[], signer: AnyKeyPacket): Promise<SignaturePacket[]> {
  const found: SignaturePacket[] = [];
  for (const { signature, type, data } of claims) {
    if (await isAuthentic(signature, signer, type, data)) found.push(signature);
  }
  if (found.length > 0) return found;
  return claims.map(({ signature }) => signature).filter(({ hashAlgorithm }) => !isStrongHash(hashAlgorithm));
}

/** Untested, and left out of openpgp.js's types: they stand between the primary and the first user ID or subkey. */
export function directSignatures(key: PublicKey): SignaturePacket[] {
  const [, ...packets] = key.toPacketList();
  const end = packets.findIndex((packet) => !(packet instanceof SignaturePacket));
  return packets
    .slice(0, end === -1 ? packets.length : end)
    .filter((packet) => packet instanceof SignaturePacket)
    .filter(({ signatureType }) => signatureType === enums.signature.key);
}

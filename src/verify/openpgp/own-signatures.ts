/** What a primary signed about itself, and about its subkeys. */
import { SignaturePacket, enums, type PublicKey, type Subkey } from 'openpgp';
import { isAuthentic } from './authentic.ts';

/** A signature as it stands in a key, and what it would be over. Nobody has verified it. */
export interface Claim {
  readonly signature: SignaturePacket;
  readonly type: enums.signature;
  readonly data: object;
}

/** Over the primary itself, directly or with a user ID. */
export function selfClaims(key: PublicKey): Claim[] {
  const { keyPacket } = key;
  const direct = { type: enums.signature.key, data: { key: keyPacket } };
  const claims: Claim[] = directSignatures(key).map((signature) => ({ signature, ...direct }));
  for (const { userID, selfCertifications } of key.users) {
    if (userID === null) continue;
    const over = { type: enums.signature.certGeneric, data: { key: keyPacket, userID } };
    for (const signature of selfCertifications) claims.push({ signature, ...over });
  }
  return claims;
}

export function bindingClaims({ keyPacket }: PublicKey, subkey: Subkey): Claim[] {
  const over = { type: enums.signature.subkeyBinding, data: { key: keyPacket, bind: subkey.keyPacket } };
  return subkey.bindingSignatures.map((signature) => ({ signature, ...over }));
}

/** A subkey's own consent to be this primary's (RFC 9580 section 10.1.5), which stands in its binding. */
export function consentClaims(
  { keyPacket }: PublicKey,
  subkey: Subkey,
  { embeddedSignature: signature }: SignaturePacket,
): Claim[] {
  if (signature === null) return [];
  const data = { key: keyPacket, bind: subkey.keyPacket };
  return [{ signature, type: enums.signature.keyBinding, data }];
}

/** Those that `signer` made. */
export async function authenticOf(
  claims: readonly Claim[],
  { keyPacket }: PublicKey | Subkey,
): Promise<SignaturePacket[]> {
  const found: SignaturePacket[] = [];
  for (const { signature, type, data } of claims) {
    if (await isAuthentic(signature, keyPacket, type, data)) found.push(signature);
  }
  return found;
}

/** Whether a binding, or a signature of a primary over itself, says that the key signs data. */
export function marksForSigning({ keyFlags }: SignaturePacket): boolean {
  return ((keyFlags?.[0] ?? 0) & enums.keyFlags.signData) !== 0;
}

/** Untested, and left out of openpgp.js's types. */
export function directSignatures(key: PublicKey): SignaturePacket[] {
  return [...key.toPacketList()]
    .filter((packet) => packet instanceof SignaturePacket)
    .filter(({ signatureType }) => signatureType === enums.signature.key);
}

/**
 * The bare mathematics of a signature packet: was it made with this key over this data? (RFC 9580 section 5.2)
 *
 * openpgp.js reports a forged signature, a weak hash and a date of tomorrow with the same class of error.
 * Whether a signature is *bad* must not hang on the wording: here nothing but the cryptography can fail.
 */
import { SignaturePacket, type AnyKeyPacket } from 'openpgp';
import type { enums } from 'openpgp';
import { permissiveConfig } from './algorithms.ts';
import { FileDigests } from './file-digests.ts';

/**
 * True if `signer` made `signature` over `data`, whatever its age, hash and notations say.
 *
 * `data` is what openpgp.js hashes for `type`: a literal packet, or `{ key, userID }`, `{ key, bind }`, `{ key }`; or what
 * was hashed already.
 */
export async function isAuthentic(
  signature: SignaturePacket,
  signer: AnyKeyPacket,
  type: enums.signature,
  data: object,
): Promise<boolean> {
  // A copy, since openpgp.js remembers in the packet that a signature was verified, though not by which key.
  const copy = new SignaturePacket();
  try {
    copy.read(signature.write());
    // Whom it names may stand in its unhashed part, which nobody signed.
    copy.issuerKeyID = signer.getKeyID();
    copy.unknownSubpackets = [];
    copy.rawNotations = [];
    copy.revocationKeyClass = null;
    if (data instanceof FileDigests) {
      const hashed = data.of(signature);
      if (hashed === undefined) return false;
      // Where a packet has it, as after a one-pass signature, openpgp.js compares this and hashes nothing.
      Object.assign(copy, { hashed });
    }
    // At the time of its creation no signature is early or late.
    await copy.verify(signer, type, data, copy.created ?? undefined, false, permissiveConfig);
    return true;
  } catch {
    return false;
  }
}

/** True if the signer demands that whoever does not understand a part of the signature refuses it. */
export function hasUnknownCriticalPart(signature: SignaturePacket): boolean {
  return signature.unknownSubpackets.some(isCritical) || signature.rawNotations.some(isCritical);
}

function isCritical(part: { critical: boolean }): boolean {
  return part.critical;
}

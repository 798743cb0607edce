/**
 * Who vouches for a cleartext message, or for data with a detached signature (RFC 9580 sections 7, 10.4).
 *
 * The rule, which is apt's: at least one good signature by a key of the keyring, and no bad one. Signatures
 * by unknown keys, and worthless ones, are ignored and reported. If none is good, the most telling reason
 * becomes the error.
 */
import {
  LiteralDataPacket,
  SignaturePacket,
  UnparseablePacket,
  createMessage,
  type AnyPacket,
} from 'openpgp';
import { UsageError, VerificationError, type VerificationCode } from '../../model/errors.ts';
import { frameCleartext } from './frame-cleartext.ts';
import {
  binaryTypes,
  cleartextTypes,
  detachedTypes,
  judgeSignature,
  type Judgement,
  type OpenPgpSigner,
  type SignatureVerdict,
  type WorthlessReason,
} from './judge-signature.ts';
import type { Keyring } from './keyring.ts';
import { readDetachedSignature, readSignatureBlocks } from './read-signatures.ts';

export interface IgnoredSignature {
  /** Of the key that the signature names, upper-case hex; sixteen zeros where it names none. */
  readonly keyId: string;
  /** Where that key is in the keyring. */
  readonly fingerprint: string | undefined;
  readonly reason: WorthlessReason;
}

export interface Vouched {
  /** Every good signature's. Never empty. */
  readonly signers: readonly OpenPgpSigner[];
  readonly ignored: readonly IgnoredSignature[];
}

export interface SignedText extends Vouched {
  /** Exactly what was signed: lines joined by LF, no trailing spaces and tabs, no final newline. */
  readonly text: Uint8Array;
}

/**
 * Verifies an untrusted cleartext signed message, such as an InRelease file. Parse the result's `text`, never
 * `bytes`.
 *
 * Throws VerificationError: `EVIDENCE_MALFORMED`, `EVIDENCE_MISSING`, `LIMIT_EXCEEDED` for the form;
 * `SIGNATURE_INVALID` for a bad signature by a key of the keyring; otherwise, where none is good,
 * `ALGORITHM_REFUSED`, `METADATA_FROM_FUTURE`, `METADATA_EXPIRED` or `SIGNER_UNTRUSTED`.
 */
export async function verifyCleartext(bytes: Uint8Array, keyring: Keyring, now: Date): Promise<SignedText> {
  const { text, signatureBlocks } = frameCleartext(bytes);
  const packets = await readSignatureBlocks(signatureBlocks);
  const vouched = await verifyPackets(packets, text, keyring, now, cleartextTypes);
  return { text, ...vouched };
}

/**
 * Verifies untrusted `data` against an untrusted detached signature, armored or binary. A signature that
 * carries a message of its own is refused: it would vouch for that, not for `data`.
 *
 * Throws as `verifyCleartext` does.
 */
export async function verifyDetached(
  data: Uint8Array,
  signature: Uint8Array,
  keyring: Keyring,
  now: Date,
): Promise<Vouched> {
  const packets = await readDetachedSignature(signature);
  // A text signature does not cover how lines end (section 5.2.1.2): it says nothing about a CR.
  const types = data.includes(0x0d) ? binaryTypes : detachedTypes;
  return verifyPackets(packets, data, keyring, now, types);
}

async function verifyPackets(
  packets: readonly AnyPacket[],
  bytes: Uint8Array,
  keyring: Keyring,
  now: Date,
  types: ReadonlySet<number>,
): Promise<Vouched> {
  // Comparisons with an invalid date are all false: every expired key would pass.
  if (Number.isNaN(now.getTime()))
    throw new UsageError('USAGE', 'the time to judge signatures by is not a time');
  const judgement: Judgement = {
    keyring,
    now,
    data: await literalPacket(bytes, now),
    types,
  };
  const anchor = keyring.anchor === undefined ? {} : { anchor: keyring.anchor };
  const signers: OpenPgpSigner[] = [];
  const ignored: IgnoredSignature[] = [];
  for (const packet of packets) {
    const keyId =
      packet instanceof SignaturePacket ? packet.issuerKeyID.toHex().toUpperCase() : '0'.repeat(16);
    const verdict = await judgePacket(packet, judgement);
    if (verdict.kind === 'bad') throw badSignature(keyId, verdict.why);
    if (verdict.kind === 'good') signers.push({ ...verdict.signer, ...anchor });
    else ignored.push({ keyId, fingerprint: verdict.fingerprint, reason: verdict.reason });
  }
  if (signers.length === 0) throw noGoodSignature(ignored);
  return { signers, ignored };
}

async function judgePacket(packet: AnyPacket, judgement: Judgement): Promise<SignatureVerdict> {
  if (packet instanceof SignaturePacket) return judgeSignature(packet, judgement);
  if (packet instanceof UnparseablePacket) return { kind: 'worthless', reason: 'unsupported' };
  return { kind: 'bad', why: 'is not a signature' };
}

/** The packet that openpgp.js hashes for a signature over data. */
async function literalPacket(binary: Uint8Array, now: Date): Promise<LiteralDataPacket> {
  const message = await createMessage({ binary, format: 'binary', date: now });
  const packet = message.packets[0];
  if (!(packet instanceof LiteralDataPacket))
    throw new TypeError('openpgp.js made another packet than literal data');
  return packet;
}

function badSignature(keyId: string, why: string): VerificationError {
  return new VerificationError(
    'SIGNATURE_INVALID',
    `bad signature: one that names key ${keyId}, of the keyring, ${why}`,
    {
      hint: 'Do not use this file. Fetch it again from its origin: it was changed, or put together from two versions.',
      context: { keyId },
    },
  );
}

/** From the most telling reason to the least. */
const reasons: Readonly<Record<WorthlessReason, readonly [VerificationCode, string]>> = {
  'revoked-key': ['SIGNER_UNTRUSTED', 'the signing key is revoked'],
  'weak-key': [
    'ALGORITHM_REFUSED',
    'the signing key is of a refused kind (RSA under 2048 bits, DSA, Brainpool, secp256k1)',
  ],
  'weak-hash': ['ALGORITHM_REFUSED', 'the signature uses a hash weaker than SHA-256'],
  'future-key': ['METADATA_FROM_FUTURE', 'the signing key is from the future'],
  'future-signature': ['METADATA_FROM_FUTURE', 'the signature is from the future'],
  'expired-key': ['SIGNER_UNTRUSTED', 'the signing key has expired'],
  'expired-signature': ['METADATA_EXPIRED', 'the signature has expired'],
  'unbound-key': ['SIGNER_UNTRUSTED', 'the key is not bound to its primary as a signing key'],
  'older-than-key': ['SIGNER_UNTRUSTED', 'the signature is older than its key'],
  unsupported: ['ALGORITHM_REFUSED', 'the signature is in a format or of an algorithm that is not supported'],
  'unknown-key': ['SIGNER_UNTRUSTED', 'no key of the keyring made a signature'],
};

function noGoodSignature(ignored: readonly IgnoredSignature[]): VerificationError {
  for (const [reason, [code, text]] of Object.entries(reasons)) {
    const first = ignored.find((signature) => signature.reason === reason);
    if (first === undefined) continue;
    const keys = ignored.map((signature) => signature.fingerprint ?? signature.keyId).join(', ');
    return new VerificationError(code, `no good signature: ${text} (signed by: ${keys})`, {
      hint: 'If the publisher changed keys, add the new key with update-trust, after checking its fingerprint elsewhere.',
      context: { reason, ignored },
    });
  }
  return new VerificationError('EVIDENCE_MISSING', 'no signature at all');
}

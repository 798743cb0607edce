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
import { assertMinted } from '../../model/minted.ts';
import { frameCleartext, frameSignatureBlocks, requirePlainLines } from './frame-cleartext.ts';
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
  /** A clause for people. */
  readonly why: string;
}

export interface Vouched {
  /** Every good signature's. Never empty. */
  readonly signers: readonly OpenPgpSigner[];
  readonly ignored: readonly IgnoredSignature[];
}

export interface SignedText extends Vouched {
  /** Exactly what was signed. Of a cleartext message: lines joined by LF, no trailing spaces and tabs, no final newline. */
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
  const vouched = await verifyPackets(packets, await literalPacket(text, now), keyring, now, cleartextTypes);
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
  return verifyPackets(packets, await literalPacket(data, now), keyring, now, typesFor(data));
}

/**
 * Verifies an untrusted text and its detached signature, such as Release and Release.gpg, as strictly as a cleartext
 * message: armored signature blocks and nothing else, and no byte that could not stand in such a message.
 *
 * Throws as `verifyCleartext` does.
 */
export async function verifyDetachedText(
  text: Uint8Array,
  signature: Uint8Array,
  keyring: Keyring,
  now: Date,
): Promise<SignedText> {
  const packets = await readSignatureBlocks(frameSignatureBlocks(signature));
  requirePlainLines(text);
  return {
    text,
    ...(await verifyPackets(packets, await literalPacket(text, now), keyring, now, typesFor(text))),
  };
}

/** @internal A text signature does not cover how lines end (section 5.2.1.2): it says nothing about a CR. */
export function typesFor(data: Uint8Array): ReadonlySet<number> {
  return data.includes(0x0d) ? binaryTypes : detachedTypes;
}

/** @internal By the rule above. Throws as `verifyCleartext` does. */
export async function verifyPackets(
  packets: readonly AnyPacket[],
  data: Judgement['data'],
  keyring: Keyring,
  now: Date,
  types: ReadonlySet<number>,
): Promise<Vouched> {
  assertMinted(keyring, 'Keyring');
  // Comparisons with an invalid date are all false: every expired key would pass.
  if (Number.isNaN(now.getTime()))
    throw new UsageError('USAGE', 'the time to judge signatures by is not a time');
  const judgement: Judgement = { keyring, now, data, types };
  const anchor = keyring.anchor === undefined ? {} : { anchor: keyring.anchor };
  const signers: OpenPgpSigner[] = [];
  const ignored: IgnoredSignature[] = [];
  for (const packet of packets) {
    const keyId =
      packet instanceof SignaturePacket ? packet.issuerKeyID.toHex().toUpperCase() : '0'.repeat(16);
    const verdict = await judgePacket(packet, judgement);
    if (verdict.kind === 'bad') throw badSignature(keyId, verdict.why);
    if (verdict.kind === 'good') signers.push({ ...verdict.signer, ...anchor });
    else {
      const { fingerprint, reason, why } = verdict;
      ignored.push({ keyId, fingerprint, reason, why });
    }
  }
  if (signers.length === 0) throw noGoodSignature(ignored, keyring);
  return { signers, ignored };
}

async function judgePacket(packet: AnyPacket, judgement: Judgement): Promise<SignatureVerdict> {
  if (packet instanceof SignaturePacket) return judgeSignature(packet, judgement);
  if (packet instanceof UnparseablePacket) {
    const why = 'the signature is in a format or of an algorithm that is not supported';
    return { kind: 'worthless', reason: 'unsupported', why };
  }
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

const renew = 'Ask the publisher for a renewed key, and take it over with update-trust, or into the keyring.';
const changedKeys =
  'If the publisher changed keys, add the new key with update-trust, after checking its fingerprint elsewhere.';

/** From the most telling reason to the least: which error it is, and what to do next. */
const reasons: Readonly<Record<WorthlessReason, readonly [code: VerificationCode, hint: string]>> = {
  'revoked-key': ['SIGNER_UNTRUSTED', 'Its owner took it back. Use nothing that only this key signed.'],
  'retired-key': [
    'SIGNER_UNTRUSTED',
    'Use nothing that only this key signed: somebody retired it for a reason.',
  ],
  'weak-key': [
    'ALGORITHM_REFUSED',
    'RSA of 2048 bits or more, Ed25519, Ed448 and ECDSA on a NIST curve are taken.',
  ],
  'weak-hash': ['ALGORITHM_REFUSED', 'Ask the publisher for a signature with SHA-256 or better.'],
  'future-key': ['METADATA_FROM_FUTURE', 'Is the clock of this machine right?'],
  'future-signature': ['METADATA_FROM_FUTURE', 'Is the clock of this machine right?'],
  'weakly-bound-key': [
    'SIGNER_UNTRUSTED',
    'Ask the publisher for a copy of the key whose own signatures are made with SHA-256 or better.',
  ],
  'expired-key': ['SIGNER_UNTRUSTED', renew],
  'expired-signature': ['METADATA_EXPIRED', 'Fetch it again: the publisher may have signed it anew.'],
  'unbound-key': ['SIGNER_UNTRUSTED', renew],
  'older-than-key': [
    'SIGNER_UNTRUSTED',
    'Fetch it again from its origin: no honest signature is older than its key.',
  ],
  unsupported: ['ALGORITHM_REFUSED', changedKeys],
  'unknown-key': ['SIGNER_UNTRUSTED', changedKeys],
};

/** More would be a page of them. */
const maxWhys = 4;

function noGoodSignature(ignored: readonly IgnoredSignature[], { notes }: Keyring): VerificationError {
  const order = Object.keys(reasons);
  const sorted = ignored.toSorted((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason));
  const [first] = sorted;
  if (first === undefined) return new VerificationError('EVIDENCE_MISSING', 'no signature at all');
  const [code, hint] = reasons[first.reason];
  // Of each key of the keyring, and where there is none, of the others.
  const known = sorted.filter(({ fingerprint }) => fingerprint !== undefined);
  const whys = [...new Set((known.length > 0 ? known : [first]).map(({ why }) => why))];
  const why =
    whys.length <= maxWhys ? whys : [...whys.slice(0, maxWhys), `and ${String(whys.length - maxWhys)} more`];
  const keys = [...new Set(ignored.map((signature) => signature.fingerprint ?? signature.keyId))].join(', ');
  const aside =
    first.reason === 'unknown-key' && notes.length > 0 ? ` (of the keyring: ${notes.join('; ')})` : '';
  return new VerificationError(code, `no good signature: ${why.join('; ')} (signed by: ${keys})${aside}`, {
    hint,
    context: { reason: first.reason, ignored },
  });
}

/**
 * Rekor's answer about a detached signature, or an envelope: it must be the canonical entry, byte for byte. The proof and
 * the log's signature are then verified as part of a bundle, which is kept: from then on the signature can be verified
 * again without Rekor.
 */
import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { checkEvidence, parseEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import { digestHex } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { LogSize } from '../../model/verification.ts';
import { anyOf } from './any-of.ts';
import { loggedForms, type BareEnvelope } from './bare-envelope.ts';
import type { BundleJson } from './bundle-schema.ts';
import { parseBundle, type SigstoreBundle } from './bundle.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { CertificatePolicy } from './identity.ts';
import { canonicalEntry, leafHash, type DetachedSignature, type KeyedSignature } from './rekor.ts';
import type { TrustedRoot } from './trusted-root.ts';
import { verifyMessage, type VerifiedMessage } from './verify-bundle.ts';

/** What to accept of Rekor's answer. One entry has 10 kB. */
export const maxAnswerBytes = 4 << 20;

const base64Schema = z.string().refine((text) => text !== '' && decodeBase64(text) !== undefined, {
  error: 'must be base64 in its canonical form',
});
const hexSchema = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hex digits' });

/** Fields that are not used may come and go: what is used is bound and signed. */
const entrySchema = z.object({
  body: base64Schema,
  /** Up to the year 9999. */
  integratedTime: z.int().min(0).max(253_402_300_799),
  logID: hexSchema,
  logIndex: z.int().min(0),
  verification: z
    .object({
      signedEntryTimestamp: base64Schema.optional(),
      inclusionProof: z
        .object({
          checkpoint: z.string().optional(),
          hashes: z.array(hexSchema).max(64),
          logIndex: z.int().min(0),
          rootHash: hexSchema,
          treeSize: z.int().min(1),
        })
        .optional(),
    })
    .optional(),
});

type RekorEntry = z.output<typeof entrySchema>;

/** The ID of the tree, which is not signed, and the leaf's hash. */
const uuidSchema = z
  .string()
  .regex(/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/, { error: 'must be 64 or 80 hex digits' });
/** What is not used of an answer does not spoil the entry beside it. */
const answerSchema = z.array(z.record(z.string(), z.unknown())).max(64);
const maxEntries = 64;

interface LogInput {
  /** Untrusted: Rekor's answer, as it came. */
  readonly answer: Uint8Array;
  readonly trustedRoot: TrustedRoot;
  /** For messages. */
  readonly what: string;
}

export interface DetachedInput extends LogInput {
  /** Whose `retrieveQuery` is answered. */
  readonly detached: DetachedSignature;
  readonly signer: CertificatePolicy;
}

/** What a log has proven to be in its tree. */
export interface Logged<T> {
  readonly verified: T;
  /** A bundle of version 0.3 that says the same, to be kept: the same bytes for the same entry. */
  readonly bundle: Uint8Array;
  /** Of the tree that it was proven to be in. */
  readonly logSize: LogSize;
}

export type VerifiedDetached = Logged<VerifiedMessage>;

/**
 * The earliest entry that is valid wins, wherever it stands. Throws VerificationError `EVIDENCE_MISSING` where Rekor
 * knows of none, or of one without timestamp, proof or checkpoint; `SUBJECT_MISMATCH` for an entry of something else;
 * `LIMIT_EXCEEDED`; and as `verifyMessage` does.
 */
export async function verifyWithLog(input: DetachedInput): Promise<VerifiedDetached> {
  const { detached, signer, trustedRoot } = input;
  const { certificate, digest } = detached;
  const signed = { material: certificateMaterial(certificate), ...contentOf(detached) };
  const logged = 'this digest, signature and certificate';
  return earliest(input, { forms: formsOf(detached), signed, logged }, (bundle) =>
    verifyMessage({ bundle, signer: { certificate: signer }, trustedRoot, subject: { digest } }),
  );
}

/** By a key that is trusted by itself: the log says that the signature was made known. Throws as `verifyWithLog` does. */
export async function verifyKeyedWithLog(
  input: LogInput & { readonly keyed: KeyedSignature; readonly key: KeyObject },
): Promise<VerifiedDetached> {
  const { keyed, key, trustedRoot } = input;
  const signed = { material: { publicKey: { hint: '' } }, ...contentOf(keyed) };
  const logged = 'this digest, signature and key';
  return earliest(input, { forms: formsOf(keyed), signed, logged }, (bundle) =>
    verifyMessage({ bundle, signer: { publicKey: key }, trustedRoot, subject: { digest: keyed.digest } }),
  );
}

function formsOf(signed: DetachedSignature | KeyedSignature): Signed['forms'] {
  return [{ kind: 'hashedrekord', version: '0.0.1', body: canonicalEntry(signed) }];
}

function contentOf({ digest, signature }: DetachedSignature | KeyedSignature) {
  const messageDigest = { algorithm: 'SHA2_256' as const, digest: base64OfHex(digestHex(digest)) };
  return { messageSignature: { messageDigest, signature: signature.toString('base64') } };
}

function certificateMaterial(certificate: Buffer) {
  return { certificate: { rawBytes: certificate.toString('base64') } };
}

/** What `verify` says of an envelope with the log's word. Throws as `verifyWithLog` and `verify` do. */
export async function verifyEnvelopeWithLog<T>(
  input: LogInput & { readonly envelope: BareEnvelope },
  verify: (bundle: SigstoreBundle) => Promise<T>,
): Promise<Logged<T>> {
  const { certificate, payloadType, payload, signature } = input.envelope;
  const dsseEnvelope = { payload, payloadType, signatures: [{ sig: signature, keyid: '' }] };
  const signed = { material: certificateMaterial(certificate), dsseEnvelope };
  return earliest(input, { forms: loggedForms(input.envelope), signed, logged: 'this envelope' }, verify);
}

/** What was signed, without a log, and how a log has it: one of the forms, byte for byte. */
interface Signed {
  readonly forms: readonly { readonly kind: string; readonly version: string; readonly body: Buffer }[];
  readonly signed: Pick<BundleJson, 'messageSignature' | 'dsseEnvelope'> & {
    readonly material: Pick<BundleJson['verificationMaterial'], 'certificate' | 'publicKey'>;
  };
  /** For messages. */
  readonly logged: string;
}

async function earliest<T>(
  { answer, what: file }: LogInput,
  signed: Signed,
  verify: (bundle: SigstoreBundle) => Promise<T>,
): Promise<Logged<T>> {
  const what = `${file}: Rekor's answer`;
  const answers = parseEvidenceJson(answerSchema, answer, what, { maxBytes: maxAnswerBytes });
  const entries = answers.flatMap((found) => Object.entries(found));
  if (entries.length > maxEntries) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${maxEntries} entries`);
  }
  if (entries.length === 0) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has no entry: this signature was never logged`, {
      hint: 'A signature without an entry has no trusted time. Is it the right log, and the right artifact?',
    });
  }
  const timeOf = (entry: unknown) => entrySchema.safeParse(entry).data?.integratedTime ?? Infinity;
  const byTime = entries.toSorted(([, a], [, b]) => timeOf(a) - timeOf(b));
  return anyOf(
    byTime,
    async ([uuid, entry]) => {
      const found = checkEvidence(entrySchema, entry, what);
      const { bytes, body } = toBundle(signed, checkEvidence(uuidSchema, uuid, what), found, what);
      const verified = await verify({ ...parseBundle(bytes, what), loggedBody: body });
      return { verified, bundle: bytes, logSize: sizeOf(found) };
    },
    { noun: 'entries' },
  );
}

/** Of an entry whose proof and checkpoint hold. */
function sizeOf({ logID, verification }: RekorEntry): LogSize {
  const { checkpoint = '', treeSize = 0 } = verification?.inclusionProof ?? {};
  return { log: `${logID} ${parseCheckpoint(checkpoint)?.origin ?? ''}`, size: treeSize };
}

function toBundle(
  { forms, signed, logged }: Signed,
  uuid: string,
  entry: RekorEntry,
  what: string,
): { readonly bytes: Uint8Array; readonly body: Buffer } {
  const { material, ...content } = signed;
  const form = forms.find(({ body }) => body.equals(Buffer.from(entry.body, 'base64')));
  if (form === undefined) {
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${what}: the entry ${uuid} logs something else than ${logged}`,
      { context: { uuid } },
    );
  }
  const { body, ...kindVersion } = form;
  if (!uuid.endsWith(leafHash(body))) {
    throw new VerificationError('SUBJECT_MISMATCH', `${what}: the UUID ${uuid} is not that of its entry`, {
      context: { uuid, leafHash: leafHash(body) },
    });
  }
  const { signedEntryTimestamp, inclusionProof } = entry.verification ?? {};
  if (signedEntryTimestamp === undefined) throw incomplete(uuid, 'signed entry timestamp', what);
  if (inclusionProof === undefined) throw incomplete(uuid, 'proof of inclusion', what);
  if (inclusionProof.checkpoint === undefined) throw incomplete(uuid, 'checkpoint', what);
  const json: BundleJson = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      ...material,
      tlogEntries: [
        {
          logIndex: String(entry.logIndex),
          logId: { keyId: base64OfHex(entry.logID) },
          kindVersion,
          integratedTime: String(entry.integratedTime),
          inclusionPromise: { signedEntryTimestamp },
          inclusionProof: {
            logIndex: String(inclusionProof.logIndex),
            rootHash: base64OfHex(inclusionProof.rootHash),
            treeSize: String(inclusionProof.treeSize),
            hashes: inclusionProof.hashes.map(base64OfHex),
            checkpoint: { envelope: inclusionProof.checkpoint },
          },
          canonicalizedBody: entry.body,
        },
      ],
    },
    ...content,
  };
  return { bytes: Buffer.from(`${JSON.stringify(json)}\n`), body };
}

function incomplete(uuid: string, missing: string, what: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `${what}: the entry ${uuid} has no ${missing}`, {
    hint: 'Ask Rekor itself: an answer that was shortened on its way proves nothing.',
    context: { uuid },
  });
}

function base64OfHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/**
 * Detached signatures (`.sig` and `.cert`, as Kubernetes publishes them): neither says when it was made, so the
 * proof comes from Rekor's transparency log (Rekor's API v1, `/api/v1/log/entries/retrieve`; RFC 6962).
 *
 * What Rekor must have logged follows from digest, signature and certificate: the canonical entry is derived here,
 * and what Rekor answers must be it, byte for byte. The proof and the log's signature are then verified as part of a
 * bundle, which is kept: from then on the signature can be verified again without Rekor.
 */
import { Buffer } from 'node:buffer';
import { createHash, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { base64Schema, decodeBase64 } from '../../formats/base64.ts';
import { malformed, parseEvidenceJson, requireSize } from '../../formats/evidence-json.ts';
import { parsePem, toPem } from '../../formats/pem.ts';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import type { BundleJson } from './bundle-schema.ts';
import { parseBundle } from './bundle.ts';
import { readText } from './der.ts';
import { requireDigestSignature } from './digest-signature.ts';
import type { CertificatePolicy } from './identity.ts';
import { keyFromSpki } from './keys.ts';
import { refusing } from './refusals.ts';
import type { TrustedRoot } from './trusted-root.ts';
import { verifyMessage, type VerifiedMessage } from './verify-bundle.ts';

export interface DetachedSignature {
  /** SHA-256 of the artifact. */
  readonly digest: Digest;
  /** ECDSA, in DER. */
  readonly signature: Buffer;
  /** Short-lived, by Fulcio, in DER. */
  readonly certificate: Buffer;
}

/** Where Rekor answers `retrieveQuery`, under its base URL. */
export const retrievePath = '/api/v1/log/entries/retrieve';

/** Of a signature or certificate file. A certificate has 3 kB. */
export const maxDetachedBytes = 64 << 10;
/** What to accept of Rekor's answer. One entry has 10 kB. */
export const maxAnswerBytes = 4 << 20;

export interface DetachedFiles {
  readonly digest: Digest;
  /** Untrusted: base64 of DER. */
  readonly signature: Uint8Array;
  /** Untrusted: PEM, or base64 of it. */
  readonly certificate: Uint8Array;
  /** For messages. */
  readonly what: string;
}

/** Throws VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`, and `ALGORITHM_REFUSED` for another digest. */
export function parseDetached({ digest, signature, certificate, what }: DetachedFiles): DetachedSignature {
  if (digestAlgorithm(digest) !== 'sha256') {
    throw new VerificationError(
      'ALGORITHM_REFUSED',
      `${what} is over SHA-256, and ${digest} is another digest`,
    );
  }
  const der = decodeBase64(textOf(signature, `${what}: the signature`));
  if (der === undefined || der.length === 0) {
    throw malformed(what, 'the signature is not base64 in its canonical form');
  }
  const text = textOf(certificate, `${what}: the certificate`);
  const pem = text.startsWith('-----') ? text : (decodeBase64(text)?.toString('latin1') ?? '');
  const parsed = parsePem(pem, 'CERTIFICATE');
  if (parsed === undefined) throw malformed(what, 'the certificate is neither PEM nor base64 of it');
  return { digest, signature: der, certificate: parsed };
}

/**
 * Does the signature hold over the digest, by the certificate's key? Asked before Rekor is, which answers a broken one
 * with an error of its own. Who the certificate is by, and when, is not judged here. Throws VerificationError
 * `SIGNATURE_INVALID`, `EVIDENCE_MALFORMED`, `ALGORITHM_REFUSED`.
 */
export function requireSignature({ digest, signature, certificate }: DetachedSignature, what: string): void {
  const spki = refusing(what, () =>
    new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }),
  );
  requireDigestSignature(digest, signature, keyFromSpki(spki, what), what);
}

/** The body to POST to Rekor: it answers with the entries that log exactly this. */
export function retrieveQuery(detached: DetachedSignature): Uint8Array {
  return Buffer.from(JSON.stringify({ entries: [entryOf(detached)] }));
}

/** The one form in which Rekor logs this signature: keys in alphabetical order, no white space. */
export function canonicalEntry(detached: DetachedSignature): Buffer {
  return Buffer.from(JSON.stringify(entryOf(detached)));
}

/** RFC 6962, section 2.1: lower-case hex. The end of the entry's UUID. */
export function leafHash(body: Uint8Array): string {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest('hex');
}

function entryOf({ digest, signature, certificate }: DetachedSignature) {
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value: digestHex(digest) } },
      signature: {
        content: signature.toString('base64'),
        publicKey: { content: Buffer.from(toPem(certificate, 'CERTIFICATE')).toString('base64') },
      },
    },
  };
}

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
const answerSchema = z.array(z.record(uuidSchema, entrySchema)).max(64);

export interface DetachedInput {
  readonly detached: DetachedSignature;
  /** Untrusted: Rekor's answer to `retrieveQuery`, as it came. */
  readonly answer: Uint8Array;
  readonly signer: CertificatePolicy;
  readonly trustedRoot: TrustedRoot;
  /** For messages. */
  readonly what: string;
}

export interface VerifiedDetached {
  readonly verified: VerifiedMessage;
  /** A bundle of version 0.3 that says the same, to be kept: the same bytes for the same entry. */
  readonly bundle: Uint8Array;
}

/**
 * The earliest entry that is valid wins. Throws VerificationError `EVIDENCE_MISSING` where Rekor knows of none, or of
 * one without timestamp, proof or checkpoint; `SUBJECT_MISMATCH` for an entry of something else; and as
 * `verifyMessage` does.
 */
export async function verifyDetached(input: DetachedInput): Promise<VerifiedDetached> {
  const { detached, answer, signer, trustedRoot } = input;
  const what = `${input.what}: Rekor's answer`;
  const answers = parseEvidenceJson(answerSchema, answer, what, { maxBytes: maxAnswerBytes });
  const entries = answers
    .flatMap((found) => Object.entries(found))
    .sort(([, a], [, b]) => a.integratedTime - b.integratedTime);
  let refused: AssayError | undefined;
  for (const [uuid, entry] of entries) {
    try {
      const bundle = toBundle(detached, uuid, entry, what);
      const verified = await verifyMessage({
        bundle: parseBundle(bundle, what),
        signer: { certificate: signer },
        trustedRoot,
        subject: { digest: detached.digest },
      });
      return { verified, bundle };
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      refused ??= error;
    }
  }
  throw (
    refused ??
    new VerificationError('EVIDENCE_MISSING', `${what} has no entry: this signature was never logged`, {
      hint: 'A signature without an entry has no trusted time. Is it the right log, and the right artifact?',
      context: { digest: detached.digest },
    })
  );
}

function toBundle(detached: DetachedSignature, uuid: string, entry: RekorEntry, what: string): Uint8Array {
  const body = canonicalEntry(detached);
  if (!body.equals(Buffer.from(entry.body, 'base64'))) {
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${what}: the entry ${uuid} logs something else than this digest, signature and certificate`,
      { context: { uuid } },
    );
  }
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
      certificate: { rawBytes: detached.certificate.toString('base64') },
      tlogEntries: [
        {
          logIndex: String(entry.logIndex),
          logId: { keyId: base64OfHex(entry.logID) },
          kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
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
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: base64OfHex(digestHex(detached.digest)) },
      signature: detached.signature.toString('base64'),
    },
  };
  return Buffer.from(`${JSON.stringify(json)}\n`);
}

function incomplete(uuid: string, missing: string, what: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `${what}: the entry ${uuid} has no ${missing}`, {
    hint: 'Ask Rekor itself: an answer that was shortened on its way proves nothing.',
    context: { uuid },
  });
}

/** A text file of one line, or of PEM. */
function textOf(bytes: Uint8Array, what: string): string {
  requireSize(bytes, maxDetachedBytes, what);
  return (readText(bytes) ?? '').replace(/\r?\n$/, '');
}

function base64OfHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

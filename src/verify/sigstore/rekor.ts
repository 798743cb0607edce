/**
 * Detached signatures (`.sig` and `.cert`, as Kubernetes publishes them): neither says when it was made, so the
 * proof comes from Rekor's transparency log (Rekor's API v1, `/api/v1/log/entries/retrieve`; RFC 6962). What Rekor must
 * have logged follows from digest, signature and certificate: the canonical entry is derived here.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readUtf8 } from '../../formats/text/utf8.ts';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { malformed, requireSize } from '../../formats/upstream/evidence-json.ts';
import { parsePem, toPem } from '../../formats/text/pem.ts';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { requireDigestSignature } from './digest-alone.ts';
import { keyFromSpki } from './keys.ts';
import { parseCertificate } from './x509/certificate.ts';

interface SignedDigest {
  /** SHA-256 of the artifact. */
  readonly digest: Digest;
  /** ECDSA, in DER. */
  readonly signature: Buffer;
}

export interface DetachedSignature extends SignedDigest {
  /** Short-lived, by Fulcio, in DER. */
  readonly certificate: Buffer;
}

/** By a key that needs no certificate. */
export interface KeyedSignature extends SignedDigest {
  /** SubjectPublicKeyInfo, in DER. */
  readonly publicKey: Buffer;
}

type AnySignature = DetachedSignature | KeyedSignature;

/** Where Rekor answers `retrieveQuery`, under its base URL. */
export const retrievePath = '/api/v1/log/entries/retrieve';

/** Of a signature or certificate file. A certificate has 3 kB. */
export const maxDetachedBytes = 64 << 10;

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
  const { spki } = parseCertificate(certificate, what);
  requireDigestSignature(digest, signature, keyFromSpki(spki, what), what);
}

/** The body to POST to Rekor: it answers with the entries that log exactly this. */
export function retrieveQuery(detached: AnySignature): Uint8Array {
  return Buffer.from(JSON.stringify({ entries: [entryOf(detached)] }));
}

/** The one form in which Rekor logs this signature: keys in alphabetical order, no white space. */
export function canonicalEntry(detached: AnySignature): Buffer {
  return Buffer.from(JSON.stringify(entryOf(detached)));
}

/** RFC 6962, section 2.1: lower-case hex. The end of the entry's UUID. */
export function leafHash(body: Uint8Array): string {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest('hex');
}

function entryOf(signed: AnySignature) {
  const { digest, signature } = signed;
  const pem =
    'certificate' in signed
      ? toPem(signed.certificate, 'CERTIFICATE')
      : toPem(signed.publicKey, 'PUBLIC KEY');
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value: digestHex(digest) } },
      signature: {
        content: signature.toString('base64'),
        publicKey: { content: Buffer.from(pem).toString('base64') },
      },
    },
  };
}

/** A text file of one line, or of PEM. */
function textOf(bytes: Uint8Array, what: string): string {
  requireSize(bytes, maxDetachedBytes, what);
  return (readUtf8(bytes) ?? '').replace(/\r?\n$/, '');
}

/**
 * The leaves of Rekor's tree: what the log says it has seen, in canonical JSON. Kinds hashedrekord and dsse,
 * version 0.0.1 in Rekor v1 and 0.0.2 in Rekor v2; kind intoto, which Rekor v1 had for envelopes before.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from './canonical-json.ts';
import { toPem } from './certificate.ts';

export interface LogBody {
  readonly kind: 'hashedrekord' | 'dsse' | 'intoto';
  readonly version: '0.0.1' | '0.0.2';
  readonly bytes: Buffer;
}

export interface BlobSignature {
  readonly sha256: Uint8Array;
  /** In DER. */
  readonly signature: Uint8Array;
  /** The signer's certificate, in DER. */
  readonly certificate: Uint8Array;
}

/** A DSSE envelope with one signature. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

export function blobBody({ certificate, ...signed }: BlobSignature): LogBody {
  return keyedBlobBody({ ...signed, pem: toPem(certificate) });
}

/** Of a signature by a key, or a certificate, in its PEM form. */
export function keyedBlobBody({
  sha256,
  signature,
  pem,
}: Omit<BlobSignature, 'certificate'> & { readonly pem: string }): LogBody {
  return body('hashedrekord', '0.0.1', {
    data: { hash: { algorithm: 'sha256', value: Buffer.from(sha256).toString('hex') } },
    signature: { content: base64(signature), publicKey: { content: base64(pem) } },
  });
}

export function envelopeBody(envelope: Envelope, certificate: Uint8Array): LogBody {
  return body('dsse', '0.0.1', {
    envelopeHash: { algorithm: 'sha256', value: sha256Hex(Buffer.from(envelopeJson(envelope))) },
    payloadHash: { algorithm: 'sha256', value: sha256Hex(envelope.payload) },
    signatures: [{ signature: base64(envelope.signature), verifier: base64(toPem(certificate)) }],
  });
}

/** Of an envelope with a certificate in it: as it was published, byte for byte. */
export function publishedEnvelopeBody(
  text: string,
  kind: 'dsse' | 'intoto',
  { payload, signature }: Envelope,
  certificate: Uint8Array,
): LogBody {
  const hash = { algorithm: 'sha256', value: sha256Hex(Buffer.from(text)) };
  const payloadHash = { algorithm: 'sha256', value: sha256Hex(payload) };
  const verifier = base64(toPem(certificate));
  if (kind === 'intoto') return body(kind, '0.0.1', { content: { hash, payloadHash }, publicKey: verifier });
  const signatures = [{ signature: base64(signature), verifier }];
  return body(kind, '0.0.1', { envelopeHash: hash, payloadHash, signatures });
}

export function blobBodyV2({ sha256, signature, certificate }: BlobSignature): LogBody {
  return body('hashedrekord', '0.0.2', {
    hashedRekordV002: {
      data: { algorithm: 'SHA2_256', digest: base64(sha256) },
      signature: { content: base64(signature), verifier: verifierV2(certificate) },
    },
  });
}

/** A kind of entry that the API of Rekor v2 has, and that verifiers do not take: see `signEnvelope`. */
export function envelopeBodyV2(envelope: Envelope, certificate: Uint8Array): LogBody {
  return body('dsse', '0.0.2', {
    dsseV002: {
      payloadHash: {
        algorithm: 'SHA2_256',
        digest: createHash('sha256').update(envelope.payload).digest('base64'),
      },
      signatures: [{ content: base64(envelope.signature), verifier: verifierV2(certificate) }],
    },
  });
}

/** The envelope as bundles hold it. */
export function envelopeJson(envelope: Envelope): string {
  return canonicalJson({
    payload: base64(envelope.payload),
    payloadType: envelope.payloadType,
    signatures: [{ keyid: '', sig: base64(envelope.signature) }],
  });
}

/** With the signer's certificate, as slsa-github-generator publishes it: Go's order of fields. */
export function envelopeJsonWithCertificate(envelope: Envelope, certificate: Uint8Array): string {
  const signature = { keyid: '', sig: base64(envelope.signature), cert: toPem(certificate) };
  const { payloadType, payload } = envelope;
  return JSON.stringify({ payloadType, payload: base64(payload), signatures: [signature] });
}

function verifierV2(certificate: Uint8Array): Json {
  return { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes: base64(certificate) } };
}

function body(kind: LogBody['kind'], version: LogBody['version'], spec: Json): LogBody {
  return { kind, version, bytes: Buffer.from(canonicalJson({ apiVersion: version, kind, spec })) };
}

function base64(content: Uint8Array | string): string {
  return Buffer.from(content).toString('base64');
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

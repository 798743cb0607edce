/**
 * Signs as cosign does without a key of one's own: a key for this one signature, a certificate for ten
 * minutes, an entry in the transparency log. All of it at a chosen time, and as wrong as a test wants it.
 */
import { createHash } from 'node:crypto';
import type { CertificateRequest } from './authority.ts';
import type { Sigstore } from './instance.ts';
import { generateEcdsaKey, type EcdsaKey } from './keys.ts';
import {
  blobBody,
  blobBodyV2,
  envelopeBody,
  envelopeJsonWithCertificate,
  publishedEnvelopeBody,
  type Envelope,
  type LogBody,
} from './log-bodies.ts';
import type { LogEntry } from './transparency-log.ts';

export interface SigningRequest {
  /** With a scheme it is a URI, without an e-mail address. */
  readonly identity: string;
  /** The identity provider's URL. */
  readonly issuer: string;
  /** The start of the certificate's validity, and the time of its transparency log. */
  readonly at: Date;
  /** When Rekor (or the timestamp authority) saw it: two seconds later where nothing is said. */
  readonly loggedAt?: Date;
  /** `none`: nobody was told, so that there is neither entry nor time. `stamped`: a timestamp authority alone. */
  readonly log?: 'v1' | 'v2' | 'none' | 'stamped';
  /** What is to be otherwise in the certificate. */
  readonly certificate?: Partial<CertificateRequest>;
}

interface Signed {
  /** In DER. */
  readonly signature: Buffer;
  /** In DER. */
  readonly certificate: Buffer;
  readonly entries: readonly LogEntry[];
  /** RFC 3161 responses. */
  readonly timestamps: readonly Buffer[];
}

export interface SignedBlob extends Signed {
  readonly sha256: Buffer;
}

export interface SignedEnvelope extends Signed {
  readonly envelope: Envelope;
}

/** Signs bytes by their SHA-256 digest alone. */
export function signBlob(sigstore: Sigstore, sha256: Buffer, request: SigningRequest): SignedBlob {
  const key = generateEcdsaKey();
  const certificate = requestCertificate(sigstore, key, request);
  const blob = { sha256, signature: key.signDigest(sha256), certificate };
  return { ...blob, ...witness(sigstore, request, blob.signature, blobBody(blob), blobBodyV2(blob)) };
}

/** Signs a document in a DSSE envelope: where nothing is said, an in-toto statement. */
export function signEnvelope(
  sigstore: Sigstore,
  payload: Buffer,
  request: SigningRequest & { readonly payloadType?: string },
): SignedEnvelope {
  const key = generateEcdsaKey();
  const certificate = requestCertificate(sigstore, key, request);
  const { payloadType = 'application/vnd.in-toto+json' } = request;
  const signed = preAuthenticationEncoding(payloadType, payload);
  const signature = key.sign(signed);
  const envelope: Envelope = { payloadType, payload, signature };
  // Rekor v2 logs an envelope as what is signed.
  const bodyV2 = blobBodyV2({ sha256: sha256Of(signed), signature, certificate });
  const bodies = [envelopeBody(envelope, certificate), bodyV2] as const;
  return { envelope, signature, certificate, ...witness(sigstore, request, signature, ...bodies) };
}

export interface BareEnvelope {
  /** `*.intoto.jsonl`, without a newline. */
  readonly text: string;
  readonly entries: readonly LogEntry[];
}

/** Signs as slsa-github-generator did before its version 2: what the log has of it, only the log says. */
export function signBareEnvelope(
  sigstore: Sigstore,
  payload: Buffer,
  { kind = 'intoto', ...request }: SigningRequest & { readonly kind?: 'intoto' | 'dsse' },
): BareEnvelope {
  const { envelope, certificate } = signEnvelope(sigstore, payload, { ...request, log: 'none' });
  const text = envelopeJsonWithCertificate(envelope, certificate);
  const loggedAt = request.loggedAt ?? new Date(request.at.getTime() + 2000);
  if (request.log === 'none') return { text, entries: [] };
  const body = publishedEnvelopeBody(text, kind, envelope, certificate);
  return { text, entries: [sigstore.rekor.append(body, loggedAt)] };
}

export interface Subject {
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
}

export interface StatementOptions {
  readonly type?: string;
  readonly predicateType?: string;
  readonly predicate?: unknown;
}

/** An in-toto statement about `subjects`: SLSA provenance version 1 where nothing is said. */
export function renderStatement(subjects: readonly Subject[], options: StatementOptions = {}): Buffer {
  const statement = {
    _type: options.type ?? 'https://in-toto.io/Statement/v1',
    subject: subjects,
    predicateType: options.predicateType ?? 'https://slsa.dev/provenance/v1',
    predicate: options.predicate ?? {
      buildDefinition: { buildType: 'https://actions.github.io/buildtypes/workflow/v1' },
      runDetails: { builder: { id: 'https://github.com/actions/runner/github-hosted' } },
    },
  };
  return Buffer.from(JSON.stringify(statement));
}

export function sha256Of(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function requestCertificate({ authority }: Sigstore, key: EcdsaKey, request: SigningRequest): Buffer {
  const { identity, issuer, at } = request;
  return authority.issue({ spki: key.spki, identity, issuer, at, ...request.certificate });
}

/** Tells the log that was asked for, and in Rekor v2's case a timestamp authority. */
function witness(
  sigstore: Sigstore,
  { at, loggedAt = new Date(at.getTime() + 2000), log = 'v1' }: SigningRequest,
  signature: Buffer,
  body: LogBody,
  bodyV2: LogBody,
): Pick<Signed, 'entries' | 'timestamps'> {
  switch (log) {
    case 'none':
      return { entries: [], timestamps: [] };
    case 'stamped':
      return { entries: [], timestamps: [sigstore.timestampAuthority.stamp(signature, loggedAt)] };
    case 'v1':
      return { entries: [sigstore.rekor.append(body, loggedAt)], timestamps: [] };
    case 'v2':
      return {
        entries: [sigstore.rekorV2.append(bodyV2, loggedAt)],
        timestamps: [sigstore.timestampAuthority.stamp(signature, loggedAt)],
      };
  }
}

/** DSSE: what is signed says the type and both lengths, so that nothing can be read as something else. */
export function preAuthenticationEncoding(payloadType: string, payload: Buffer): Buffer {
  const header = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(header), payload]);
}

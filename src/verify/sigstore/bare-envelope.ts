/**
 * DSSE envelopes with the signer's certificate in them, and nothing else (slsa-github-generator's `*.intoto.jsonl`
 * before its version 2). They do not say when they were signed, so the proof comes from Rekor's transparency log, as
 * of other detached signatures (`rekor.ts`). What Rekor must have logged follows from the envelope's bytes: kind intoto
 * 0.0.1, and since 2023 dsse 0.0.1.
 */
import { Buffer } from 'node:buffer';
import { verify } from 'node:crypto';
import { parsePem, toPem } from '../../formats/text/pem.ts';
import { checkEvidence, malformed, readEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import {
  absent,
  base64,
  checkShape,
  filled,
  known,
  list,
  strict,
  text,
  where,
} from '../../formats/upstream/shape.ts';
import { VerificationError } from '../../model/errors.ts';
import { digestHex } from '../../model/digest.ts';
import { digestOf } from '../digest.ts';
import { keyFromSpki } from './keys.ts';
import { orRefusal } from './refusals.ts';
import { parseCertificate } from './x509/certificate.ts';

/** With an SBOM for its predicate it has about 1 MB. */
const maxEnvelopeBytes = 8 << 20;

/** As a bundle has it, and the one field more, whose absence or another one beside it makes it something else. */
const envelopeShape = strict({
  payloadType: filled(text),
  payload: base64,
  signatures: where(
    list(strict({ keyid: absent(text), sig: base64, cert: text })),
    ({ length }) => length === 1,
    'must have one member',
  ),
});

export interface BareEnvelope {
  /** For messages. */
  readonly what: string;
  /** As it was published, and logged. */
  readonly text: string;
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  /** Base64 of DER. */
  readonly signature: string;
  /** In DER. */
  readonly certificate: Buffer;
}

/** The form in which Rekor has logged it. */
export interface LoggedForm {
  readonly kind: 'intoto' | 'dsse';
  readonly version: '0.0.1';
  readonly body: Buffer;
}

const recognized = known({
  payloadType: text,
  signatures: filled(list(known({ cert: absent(text) }))),
});

export function isBareEnvelope(json: unknown): boolean {
  return checkShape(recognized, json, []) !== undefined;
}

/**
 * Undefined for what is no such envelope, which is for others to judge. Throws VerificationError `EVIDENCE_MALFORMED`, and
 * `EVIDENCE_MISSING` where nothing says whose signature it is, as of the generator's first versions.
 */
export function parseBareEnvelope(bytes: Uint8Array, what: string): BareEnvelope | undefined {
  // A bundle that is no JSON is refused by its own reader: a refusal is no envelope either.
  const value = orRefusal(() => readEvidenceJson(bytes, what, { maxBytes: maxEnvelopeBytes }));
  const envelope = checkShape(recognized, value, []);
  if (envelope === undefined) return undefined;
  if (!envelope.signatures.some(({ cert }) => cert)) {
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `${what} is an envelope without its signer's certificate`,
      {
        hint: 'Ask the publisher for a Sigstore bundle, or for an envelope with the certificate in it.',
      },
    );
  }
  const { payloadType, payload, signatures } = checkEvidence(envelopeShape, value, what);
  const [{ sig, cert } = { sig: '', cert: '' }] = signatures;
  const certificate = parsePem(cert, 'CERTIFICATE');
  if (certificate === undefined) throw malformed(what, 'cert is not one certificate in PEM');
  const text = Buffer.from(bytes).toString('utf8').trim();
  return { what, text, payloadType, payload, signature: sig, certificate };
}

/**
 * Does the signature hold, by the certificate's key? Asked before Rekor is, which answers a broken one with an error of
 * its own. Throws VerificationError `SIGNATURE_INVALID`, `EVIDENCE_MALFORMED`.
 */
export function requireEnvelopeSignature(envelope: BareEnvelope): void {
  const { what, payloadType, payload, signature } = envelope;
  const { spki } = parseCertificate(envelope.certificate, what);
  const body = Buffer.from(payload, 'base64');
  const head = `DSSEv1 ${String(Buffer.byteLength(payloadType))} ${payloadType} ${String(body.length)} `;
  const signed = Buffer.concat([Buffer.from(head), body]);
  if (verify('sha256', signed, keyFromSpki(spki, what), Buffer.from(signature, 'base64'))) return;
  throw new VerificationError('SIGNATURE_INVALID', `${what}: the signature does not match what it signs`, {
    hint: 'The envelope was changed, or is of another certificate.',
  });
}

/** The body to POST to Rekor: it answers with the entries that log exactly this. */
export function envelopeQuery({ text, certificate }: BareEnvelope): Uint8Array {
  const verifier = base64Pem(certificate);
  const apiVersion = '0.0.1';
  const proposed = [
    { apiVersion, kind: 'intoto', spec: { content: { envelope: text }, publicKey: verifier } },
    { apiVersion, kind: 'dsse', spec: { proposedContent: { envelope: text, verifiers: [verifier] } } },
  ];
  return Buffer.from(JSON.stringify({ entries: proposed }));
}

/** Those in which Rekor logs this envelope: keys in alphabetical order, no white space. */
export function loggedForms({ text, payload, signature, certificate }: BareEnvelope): readonly LoggedForm[] {
  const verifier = base64Pem(certificate);
  const hash = hashOf(Buffer.from(text));
  const payloadHash = hashOf(Buffer.from(payload, 'base64'));
  const specs = {
    intoto: { content: { hash, payloadHash }, publicKey: verifier },
    dsse: { envelopeHash: hash, payloadHash, signatures: [{ signature, verifier }] },
  };
  const version = '0.0.1';
  return (['intoto', 'dsse'] as const).map((kind) => {
    const body = Buffer.from(JSON.stringify({ apiVersion: version, kind, spec: specs[kind] }));
    return { kind, version, body };
  });
}

function hashOf(bytes: Uint8Array): { readonly algorithm: string; readonly value: string } {
  return { algorithm: 'sha256', value: digestHex(digestOf('sha256', bytes)) };
}

function base64Pem(certificate: Buffer): string {
  return Buffer.from(toPem(certificate, 'CERTIFICATE')).toString('base64');
}

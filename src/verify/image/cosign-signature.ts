/**
 * cosign's signatures of container images (cosign's `SIGNATURE_SPEC.md`): in
 * the image's own repository, under the tag `sha256-<hex>.sig`, a manifest whose layers are payloads, each with its
 * signature, certificate and log entry in annotations.
 *
 *   1. the payload's bytes are those that the layer names
 *   2. signature, certificate, log entry and identity hold over the payload (src/verify/sigstore)
 *   3. the payload names the digest and the repository that are wanted
 */
import { Buffer } from 'node:buffer';
import { malformed, readEvidenceJson, requireSize } from '../../formats/upstream/evidence-json.ts';
import { parseImageManifest, type Descriptor } from '../../formats/upstream/oci-manifest.ts';
import { maxPayloadBytes, parseSimpleSigning } from '../../formats/upstream/simple-signing.ts';
import type { Check } from '../../formats/own/proof-chain.ts';
import { digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { mint, type Minted } from '../../model/minted.ts';
import { verifyBytes } from '../digest.ts';
import { parseBundle } from '../sigstore/bundle.ts';
import type { CertificatePolicy } from '../sigstore/identity.ts';
import { subjectOfBytes } from '../sigstore/subject.ts';
import type { TrustedRoot } from '../sigstore/trusted-root.ts';
import { verifyMessage, type Authenticated } from '../sigstore/verify-bundle.ts';

const payloadType = 'application/vnd.dev.cosign.simplesigning.v1+json';
const annotations = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  bundle: 'dev.sigstore.cosign/bundle',
} as const;

/** Each mirror of a publisher may add its own. */
const maxSignatures = 64;

/** Where the signatures of a manifest are. */
export function signatureTag(digest: Digest): string {
  return `${digest.replace(':', '-')}.sig`;
}

/** The layers with a signature. Untrusted. Throws VerificationError `EVIDENCE_MISSING` for none, and more. */
export function signatureLayers(bytes: Uint8Array, what: string): readonly Descriptor[] {
  const layers = parseImageManifest(bytes, what).layers.filter(({ mediaType }) => mediaType === payloadType);
  if (layers.length > maxSignatures) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} holds more than ${maxSignatures} signatures`);
  }
  if (layers.length === 0) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} holds no signature that cosign has made`);
  }
  return layers;
}

/**
 * What cosign spreads over annotations, as the one document that `cosign sign-blob --bundle` writes of them: it is
 * kept, and with the payload verifies again offline. The chain that may be there as well is not read: the trusted
 * root has it. Throws VerificationError `EVIDENCE_MISSING` and `EVIDENCE_MALFORMED`, also where the payload is not to be
 * fetched, being larger than any.
 */
export function bundleOf(layer: Descriptor, what: string): Buffer {
  if (layer.size > maxPayloadBytes) throw malformed(what, `a payload has more than ${maxPayloadBytes} bytes`);
  const of = (name: keyof typeof annotations): string => {
    const value = layer.annotations?.[annotations[name]];
    if (value !== undefined && value !== '') return value;
    throw new VerificationError('EVIDENCE_MISSING', `${what} has no ${name} (${annotations[name]})`, {
      hint: 'Only signatures without a key of their own, logged by a transparency log, are supported.',
    });
  };
  const [base64Signature, cert] = [of('signature'), of('certificate')];
  const rekorBundle = readEvidenceJson(Buffer.from(of('bundle')), `${what}: the log entry`, {
    maxBytes: 1 << 20,
  });
  return Buffer.from(`${JSON.stringify({ base64Signature, cert, rekorBundle })}\n`);
}

export interface ImageSignatureInput {
  /** Untrusted: as `bundleOf` gives it. */
  readonly bundle: Uint8Array;
  /** Untrusted: what was signed. */
  readonly payload: Uint8Array;
  /** What the manifest of signatures says of the payload; the kept documents are named by digest themselves. */
  readonly layer?: Descriptor;
  /** The manifest or index that is to be vouched for. */
  readonly digest: Digest;
  /** The repository that the payload must name: `registry.k8s.io/pause`. */
  readonly reference: string;
  readonly signer: CertificatePolicy;
  readonly trustedRoot: TrustedRoot;
  /** For messages. */
  readonly what: string;
}

/** Somebody trusted has signed an image's manifest or index. Only `verifyImageSignature` makes one. */
export interface VerifiedImageSignature extends Authenticated, Minted<'VerifiedImageSignature'> {
  readonly digest: Digest;
  readonly bundle: Uint8Array;
  readonly payload: Uint8Array;
}

/**
 * Throws VerificationError `SUBJECT_MISMATCH` for a signature of another image or repository, `DIGEST_MISMATCH` or
 * `SIZE_MISMATCH` for other bytes than the layer names, and as `verifyMessage` does.
 */
export async function verifyImageSignature(input: ImageSignatureInput): Promise<VerifiedImageSignature> {
  const { bundle, payload, layer, digest, reference, signer, trustedRoot, what } = input;
  requireSize(payload, maxPayloadBytes, what);
  if (layer !== undefined) {
    verifyBytes(payload, { digest: layer.digest, sizeBytes: layer.size }, `${what}: the payload`);
  }
  const message = await verifyMessage({
    bundle: parseBundle(bundle, what),
    signer: { certificate: signer },
    trustedRoot,
    subject: subjectOfBytes(payload),
  });
  const said = requireSubject(payload, digest, reference, what);
  const { signer: found, loggedAt } = message;
  const checks = [...message.checks, ...said];
  return mint('VerifiedImageSignature', { signer: found, loggedAt, checks, digest, bundle, payload });
}

function requireSubject(
  payload: Uint8Array,
  digest: Digest,
  reference: string,
  what: string,
): readonly Check[] {
  const said = parseSimpleSigning(payload, `${what}: the payload`);
  const refuse = (field: string, expected: string, found: string): never => {
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${what} vouches for another image: its ${field} is ${JSON.stringify(found.slice(0, 300))}, expected ${expected}`,
      {
        hint: 'A signature was put beside an image that it is not of.',
        context: { field, expected, found },
      },
    );
  };
  if (said.manifestDigest !== digest) refuse('digest', digest, said.manifestDigest);
  if (said.reference !== reference) refuse('repository', reference, said.reference);
  return [
    { check: 'signed digest', value: digest, against: "the registry's manifest or index" },
    { check: 'signed repository', value: reference, against: 'what the catalogue says' },
  ];
}

/** The name that a refusal gives one of several signatures. */
export function nameSignature(digest: Digest, reference: string, index: number): string {
  return `${reference}:sha256-${digestHex(digest).slice(0, 12)}….sig, signature ${index + 1}`;
}

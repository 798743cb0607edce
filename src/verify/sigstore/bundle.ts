/**
 * Sigstore bundles from untrusted bytes: size and shape checked before the library sees them, and the evidence that
 * a bundle of its version owes is there. Nothing in here is authenticated yet.
 */
import type { Buffer } from 'node:buffer';
import { bundleFromJSON, type Bundle } from '@sigstore/bundle';
import { checkEvidence, malformed, readEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import { VerificationError } from '../../model/errors.ts';
import { bundleShape, type ParsedBundleJson } from './bundle-schema.ts';
import { isBareEnvelope } from './bare-envelope.ts';
import { isLegacyBundle, upgradeLegacyBundle } from './legacy-bundle.ts';
import { refusing } from './refusals.ts';
import type { Witnessing } from './trusted-root.ts';

export interface SigstoreBundle {
  /** What it brings to witness it, as it was asked for: the other is not there. */
  readonly witnessedBy: Witnessing;
  /** For messages. */
  readonly what: string;
  readonly bundle: Bundle;
  /** Version 0.1 promises inclusion in the log; later ones prove it. */
  readonly isVersion01: boolean;
  /**
   * What the log must have of it, byte for byte, where that follows from more than the bundle holds: it is then not read
   * but compared.
   */
  readonly loggedBody?: Buffer;
}

/** A bundle with an SBOM for its predicate has about 1 MB. */
export const maxBundleBytes = 8 << 20;

/**
 * Exactly one bundle. Throws VerificationError `LIMIT_EXCEEDED`, `EVIDENCE_MALFORMED`, and `EVIDENCE_MISSING` for one
 * without log entry, promise or proof. Where the trusted root has no logs: for one without a timestamp, and
 * `SIGNER_UNTRUSTED` for one of an instance that has.
 */
export function parseBundle(
  bytes: Uint8Array,
  what: string,
  witnessedBy: Witnessing = 'log',
): SigstoreBundle {
  const value = readEvidenceJson(bytes, what, { maxBytes: maxBundleBytes });
  if (isBareEnvelope(value)) throw missing(what, 'no entry of a transparency log: it is an envelope alone');
  const json = isLegacyBundle(value) ? upgradeLegacyBundle(value, what) : value;
  return readBundle(checkEvidence(bundleShape, json, what), what, witnessedBy);
}

function readBundle(json: ParsedBundleJson, what: string, witnessedBy: Witnessing): SigstoreBundle {
  const isVersion01 = json.mediaType.endsWith('version=0.1');
  const isVersion03 = json.mediaType.includes('0.3');
  const { tlogEntries, certificate, x509CertificateChain } = json.verificationMaterial;
  if (isVersion03 ? x509CertificateChain !== undefined : certificate !== undefined) {
    throw malformed(what, `the version ${json.mediaType} does not carry certificates in this way`);
  }
  if (witnessedBy === 'timestamp') requireStamped(json, what);
  else if (tlogEntries.length === 0) throw missing(what, 'no entry of a transparency log');
  for (const { inclusionPromise, inclusionProof } of tlogEntries) {
    if (isVersion01 && !inclusionPromise) throw missing(what, "no log's signed entry timestamp");
    if (!isVersion01 && !inclusionProof)
      throw missing(what, 'no proof that its entry is included in the log');
    if (inclusionProof && !inclusionProof.checkpoint) {
      throw missing(what, 'no checkpoint, which its proof of inclusion ends in');
    }
  }
  const bundle = refusing(what, () => bundleFromJSON(json));
  return { witnessedBy, what, bundle, isVersion01 };
}

/** Of an instance without logs, which logs nothing. */
function requireStamped({ verificationMaterial }: ParsedBundleJson, what: string): void {
  const { tlogEntries, timestampVerificationData } = verificationMaterial;
  if (tlogEntries.length > 0) {
    throw new VerificationError(
      'SIGNER_UNTRUSTED',
      `${what} has an entry of a transparency log, which the instance of this trusted root does not have`,
      { hint: 'It is of another instance of Sigstore: ask for it by the trusted root of that one.' },
    );
  }
  if ((timestampVerificationData?.rfc3161Timestamps ?? []).length > 0) return;
  throw new VerificationError('EVIDENCE_MISSING', `${what} has no timestamp of an authority`);
}

function missing(what: string, evidence: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `${what} has ${evidence}`, {
    hint: 'Ask the publisher for a bundle whose signature was logged, with its proof.',
  });
}

/**
 * Sigstore bundles from untrusted bytes: size and shape checked before the library sees them, and the evidence that
 * a bundle of its version owes is there. Nothing in here is authenticated yet.
 *
 * A file holds one bundle, or one a line (`.jsonl`).
 */
import { bundleFromJSON, type Bundle } from '@sigstore/bundle';
import { z } from 'zod';
import { checkEvidence, malformed, parseEvidenceJson, requireSize } from '../../formats/evidence-json.ts';
import { VerificationError } from '../../model/errors.ts';
import { bundleSchema, type ParsedBundleJson } from './bundle-schema.ts';
import { isLegacyBundle, upgradeLegacyBundle } from './legacy-bundle.ts';
import { refusing } from './refusals.ts';

export interface SigstoreBundle {
  /** For messages: the file, and the line where there are several. */
  readonly what: string;
  readonly bundle: Bundle;
  /** Version 0.1 promises inclusion in the log; later ones prove it. */
  readonly isVersion01: boolean;
}

/** A bundle with an SBOM for its predicate has about 1 MB. */
export const maxBundleBytes = 8 << 20;
const maxBundles = 64;

/**
 * All bundles of a file; `what` is for messages. Throws VerificationError `LIMIT_EXCEEDED` (before anything is
 * parsed), `EVIDENCE_MALFORMED`, and `EVIDENCE_MISSING` for a bundle without log entry, promise or proof.
 */
export function parseBundles(bytes: Uint8Array, what: string): readonly SigstoreBundle[] {
  requireSize(bytes, maxBundleBytes, what);
  const lines = linesOf(bytes);
  if (lines.length > maxBundles) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} holds more than ${maxBundles} bundles`);
  }
  if (lines.length < 2) return [parseBundle(bytes, what)];
  return lines.map((line, index) => parseBundle(line, `${what}, line ${index + 1}`));
}

/** Exactly one bundle. Throws as `parseBundles`. */
export function parseBundle(bytes: Uint8Array, what: string): SigstoreBundle {
  const value = parseEvidenceJson(z.unknown(), bytes, what, { maxBytes: maxBundleBytes });
  const json = isLegacyBundle(value) ? upgradeLegacyBundle(value, what) : value;
  return readBundle(checkEvidence(bundleSchema, json, what), what);
}

function readBundle(json: ParsedBundleJson, what: string): SigstoreBundle {
  const isVersion01 = json.mediaType.endsWith('version=0.1');
  const isVersion03 = json.mediaType.includes('0.3');
  const { tlogEntries, certificate, x509CertificateChain } = json.verificationMaterial;
  if (isVersion03 ? x509CertificateChain !== undefined : certificate !== undefined) {
    throw malformed(what, `the version ${json.mediaType} does not carry certificates in this way`);
  }
  if (tlogEntries.length === 0) throw missing(what, 'no entry of a transparency log');
  for (const { inclusionPromise, inclusionProof } of tlogEntries) {
    if (isVersion01 && !inclusionPromise) throw missing(what, "no log's signed entry timestamp");
    if (!isVersion01 && !inclusionProof)
      throw missing(what, 'no proof that its entry is included in the log');
    if (inclusionProof && !inclusionProof.checkpoint) {
      throw missing(what, 'no checkpoint, which its proof of inclusion ends in');
    }
  }
  const bundle = refusing(what, () => bundleFromJSON(withoutNulls(json)));
  return { what, bundle, isVersion01 };
}

/** As JSON has it: a field that is null or undefined is not there. */
function withoutNulls(json: ParsedBundleJson): unknown {
  return JSON.parse(JSON.stringify(json, (_, value: unknown) => value ?? undefined));
}

/** The lines of a file that holds one document a line; none for any other. */
function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length && lines.length <= maxBundles;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    start = end + 1;
    if (line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) continue;
    if (lines.length === 0 && !isWholeObject(line)) return [];
    lines.push(line);
  }
  return lines;
}

/** An indented document opens on its first line and closes on another. */
function isWholeObject(line: Uint8Array): boolean {
  const text = new TextDecoder().decode(line).trim();
  return text.length > 2 && text.startsWith('{') && text.endsWith('}');
}

function missing(what: string, evidence: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `${what} has ${evidence}`, {
    hint: 'Ask the publisher for a bundle whose signature was logged, with its proof.',
  });
}

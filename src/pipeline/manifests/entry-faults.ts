/**
 * Whether an entry follows from the catalogue, and its evidence from both: judged by what the files say, without
 * asking anybody. Sentences that begin with "its"; values out of the files are shown escaped.
 */
import { isDeepStrictEqual } from 'node:util';
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { show } from '../../formats/text/problems.ts';
import type { Digest } from '../../model/digest.ts';
import { AssayError } from '../../model/errors.ts';
import type { Anchors, Expectation, Watermark } from '../../sources/source.ts';
import type { Terms } from '../../verify/method.ts';
import { holdsKey } from '../../verify/openpgp/keyring.ts';
import type { KeptDocuments } from './manifest-state.ts';
import type { Target, TargetDependency } from './targets.ts';

/** What of an entry the catalogue decides alone, but for whether the version is one that it allows. */
export function entryFaults(
  entry: ManifestEntry,
  { type, providers }: TargetDependency,
  { platform }: Target,
  { url, places }: Expectation,
): readonly string[] {
  const imagePlatform = type === 'oci-image' ? `linux/${platform.arch}` : undefined;
  return [
    ...differs('type', entry.type, type),
    ...differs('list of providers', entry.providers, providers),
    ...differs('platform', entry.platform, imagePlatform),
    ...(url === undefined ? isNotIn('URL', entry.url, places) : differs('URL', entry.url, url)),
  ];
}

export function notAllowed(version: string): string {
  return `its version ${show(version)} is none that the catalogue allows`;
}

export interface EvidenceQuestion {
  readonly expectation: Expectation;
  readonly terms: Terms;
  /** Of what the catalogue asks now. */
  readonly request: Digest;
}

/** Does the evidence answer this question, and is it about this entry? */
export function evidenceFaults(
  entry: ManifestEntry,
  evidence: EvidenceEntry,
  { expectation, terms, request }: EvidenceQuestion,
): readonly string[] {
  return [
    ...differs("evidence's digest", evidence.digest, entry.digest),
    ...differs("evidence's size", evidence.size, entry.size),
    ...differs("evidence's URL", evidence.url, entry.url),
    ...differs("evidence's version", withoutEpoch(evidence.version), entry.version),
    ...differs("evidence's question", evidence.request, request),
    ...differs("evidence's assurance", evidence.assurance, terms.assurance),
    ...differs("evidence's method", evidence.method, terms.chain),
    ...differs('"digestOnly" of its evidence', evidence.digestOnly, terms.isDigestOnly),
    ...evidence.documents.flatMap(({ url }) => isNotIn("evidence's document", url, expectation.places)),
    ...watermarkFaults(entry, evidence.watermark, expectation),
    ...(entry.type === 'oci-image' ? imageFaults(entry, evidence) : []),
  ];
}

/** What a release was read from follows from its version, and an image's tag led to the index that was signed. */
function watermarkFaults(
  { url, index }: ManifestEntry,
  found: Watermark,
  { watermark, places }: Expectation,
): readonly string[] {
  const expected = watermark ?? (index === undefined ? undefined : { [url]: index });
  if (expected !== undefined) return differs("evidence's watermark", found, expected);
  return Object.keys(found).flatMap((key) =>
    key === url ? [] : isNotIn("evidence's watermark", key, places),
  );
}

/** Of an image, digest and index are those of documents that were kept. */
function imageFaults({ digest, index }: ManifestEntry, { documents }: EvidenceEntry): readonly string[] {
  const digestOf = (role: string) => documents.find((one) => one.role === role)?.digest;
  return [
    ...differs('digest', digest, digestOf('oci-manifest')),
    ...differs('index', index, digestOf('oci-index')),
  ];
}

/** Are the documents there that this proof leaves behind, and are they what their names say? */
export function documentFaults(
  { documents }: EvidenceEntry,
  terms: Terms,
  kept: KeptDocuments,
): readonly string[] {
  const roles = documents.map(({ role }) => role);
  return [
    ...differs("evidence's list of documents", roles, Object.keys(terms.documents)),
    ...documents.flatMap(({ role, digest, size }) => {
      if (terms.documents[role] !== 'kept') return [];
      const found = kept.get(digest);
      if (found === undefined) return [`its ${role} is not in evidence/documents: ${digest}`];
      return [
        ...differs(`${role} in evidence/documents`, found.digest, digest),
        ...differs(`${role}'s size in evidence/documents`, found.sizeBytes, size),
      ];
    }),
  ];
}

/** Did those sign whom the catalogue and the pins name? */
export async function signerFaults(
  { signers, documents }: EvidenceEntry,
  { identity, anchors = [] }: Terms,
  expectation: Expectation,
  trust: Anchors,
): Promise<readonly string[]> {
  const names = [...anchors, ...(expectation.anchors ?? [])];
  if (identity === undefined && names.length === 0) return differs('number of signers', signers.length, 0);
  if (signers.length === 0) return ['its evidence names no signer'];
  const faults: string[] = [];
  for (const signer of signers) {
    if (signer.method === 'sigstore') {
      const { identity: name, issuer } = signer;
      const expected = identity && { identity: identity.identity, issuer: identity.issuer };
      faults.push(...differs('signer', { identity: name, issuer }, expected));
    } else if (!(await isPinned(signer, names, documents[0]?.url ?? '', trust))) {
      faults.push(`its signer ${show(signer.fingerprint)} is no key of ${names.join(' or ') || 'an anchor'}`);
    }
  }
  return faults;
}

/** By the keys of the anchor that it names: a subkey stands in no pin. What cannot be opened vouches for nobody. */
async function isPinned(
  signer: { readonly fingerprint: string; readonly primaryFingerprint: string; readonly anchor?: string },
  anchors: readonly string[],
  url: string,
  trust: Anchors,
): Promise<boolean> {
  for (const anchor of new Set(anchors)) {
    try {
      if (anchor === signer.anchor && holdsKey(await trust.keyring(anchor, url), signer)) return true;
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
    }
  }
  return false;
}

function differs(what: string, found: unknown, expected: unknown): readonly string[] {
  if (isDeepStrictEqual(found, expected)) return [];
  return [`its ${what} is ${said(found)}, expected ${said(expected)}`];
}

function isNotIn(what: string, url: string, places: readonly string[]): readonly string[] {
  if (places.some((place) => url.startsWith(`${place}/`))) return [];
  return [`its ${what} is ${show(url)}, expected one under ${places.join(' or ')}`];
}

function said(value: unknown): string {
  return value === undefined ? 'none' : show(value);
}

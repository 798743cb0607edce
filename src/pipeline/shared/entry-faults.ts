/**
 * Whether an entry follows from the catalogue, and its evidence from both: judged by what the files say, without
 * asking anybody. Sentences that begin with "its"; values out of the files are shown escaped.
 */
import { isDeepStrictEqual } from 'node:util';
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import { evidenceOf, type EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { show } from '../../formats/text/problems.ts';
import { anchorsOf } from './kept-proof.ts';
import type { Platform } from '../../model/artifact.ts';
import type { Judged } from '../../sources/gather.ts';
import type { Expectation, Watermark } from '../../sources/source.ts';
import { hostWitness } from '../../verify/witnesses.ts';
import { entryOf, type Placed } from './slots.ts';

/** What of an entry the catalogue decides alone, but for whether the version is one that it allows. */
export function entryFaults(
  entry: ManifestEntry,
  { type, providers }: Placed & { readonly providers?: readonly string[] },
  { arch }: Pick<Platform, 'arch'>,
  { url, places }: Expectation,
): readonly string[] {
  const imagePlatform = type === 'oci-image' ? `linux/${arch}` : undefined;
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

/** Is the evidence about this entry? */
export function evidenceFaults(
  entry: ManifestEntry,
  evidence: EvidenceEntry,
  expectation: Expectation,
): readonly string[] {
  return [
    ...differs("evidence's digest", evidence.digest, entry.digest),
    ...differs("evidence's size", evidence.size, entry.size),
    ...differs("evidence's URL", evidence.url, entry.url),
    ...differs("evidence's version", withoutEpoch(evidence.version), entry.version),
    ...watermarkFaults(entry, evidence.watermark, expectation),
  ];
}

/** Does its proof, judged again, say the entry, and all that its evidence says? */
export function proofFaults(
  entry: ManifestEntry,
  evidence: EvidenceEntry,
  { verified: { subject, result }, anchors }: Judged,
): readonly string[] {
  const proven = entryOf(subject, entry.providers);
  const again = evidenceOf(subject, result, { ...evidence, anchors: anchorsOf(anchors) });
  const namesOf = (some: EvidenceEntry['anchors']) => some.map(({ name }) => name);
  // Where the index was not kept, which of its forms was read is upstream's word: it counts by its role alone.
  // The text of an excerpt was compared with its digest when it was read; earlier versions kept it as a file.
  const seenOf = ({ documents }: Pick<EvidenceEntry, 'documents'>) =>
    documents.map(({ role, url, digest, size }) =>
      result.isUpToIndex && role === 'packages' ? { role } : { role, url, digest, size },
    );
  return [
    ...(['version', 'url', 'digest', 'size', 'index'] as const).flatMap((field) =>
      differs(field === 'url' ? 'URL' : field, entry[field], proven[field]),
    ),
    ...differs("evidence's version", evidence.version, subject.version),
    ...differs("evidence's assurance", evidence.assurance, again.assurance),
    ...differs("evidence's method", evidence.method, again.method),
    ...differs('"digestOnly" of its evidence', evidence.digestOnly, again.digestOnly),
    ...differs("evidence's list of signers", evidence.signers, again.signers),
    ...differs("evidence's list of witnesses", namedWitnesses(evidence), again.witnesses),
    ...hostFaults(evidence),
    ...differs("evidence's list of documents", seenOf(evidence), seenOf(again)),
    ...differs("evidence's list of anchors", namesOf(evidence.anchors), namesOf(again.anchors)),
    ...timeFaults(evidence),
  ];
}

/** Those that can be judged again; undefined where there are none. */
function namedWitnesses({ witnesses = [] }: EvidenceEntry): EvidenceEntry['witnesses'] {
  const named = witnesses.filter(({ method }) => method !== hostWitness);
  return named.length === 0 ? undefined : named;
}

/** What the host said then is not said again: but it was the same. */
function hostFaults({ witnesses = [], digest }: EvidenceEntry): readonly string[] {
  const said = witnesses.filter(({ method }) => method === hostWitness);
  return said.flatMap((one) =>
    differs("evidence's witness", one, { method: hostWitness, digest, signers: [] }),
  );
}

/** Nobody signs when a proof was judged: but it cannot have been before it was signed. */
export function timeFaults({ signers, judgedAt }: EvidenceEntry): readonly string[] {
  const late = signers.find(({ signedAt = '' }) => signedAt > judgedAt);
  if (late?.signedAt === undefined) return [];
  return [`its proof was judged at ${judgedAt}, before it was signed at ${late.signedAt}`];
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

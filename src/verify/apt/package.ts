/**
 * The last link of an apt chain: one package out of the stanzas found, as a verified artifact.
 *
 * The highest version by Debian's ordering wins, across all suites; a version with two digests is
 * ambiguous and refused.
 */
import { compareDebianVersions, withoutEpoch } from '../../formats/upstream/debian-version.ts';
import { isInRange } from '../../formats/own/version-range.ts';
import type { Artifact } from '../../model/artifact.ts';
import { digestAlgorithm } from '../../model/digest.ts';
import { PolicyError, VerificationError } from '../../model/errors.ts';
import { assertMinted } from '../../model/minted.ts';
import { oncePer } from '../../model/once-per.ts';
import type { EvidenceDocument, Verified } from '../../model/verification.ts';
import { documentOf } from '../evidence-document.ts';
import { mintVerified } from '../mint.ts';
import type { FoundStanza } from './packages.ts';
import { candidatesOf, debOf, type Candidate, type DebPackage, type StanzaRequest } from './stanza.ts';

export interface PackageRequest extends StanzaRequest {
  /** The version that a manifest has, which may have lost its epoch there. */
  readonly held?: string | undefined;
  /** Debian relations, all of which must hold. */
  readonly range?: string | undefined;
}

export interface PackageChoice {
  /** Of how many versions it is the highest. */
  readonly among: number;
  readonly deb: DebPackage;
  readonly stanza: FoundStanza;
}

/**
 * The highest version is what counts, well-formed or not: a malformed stanza of another version is passed
 * over, since nobody asked for it. What is no version is ordered as apt orders any text.
 *
 * Throws VerificationError `EVIDENCE_MISSING` where no stanza answers, `EVIDENCE_MALFORMED` where a stanza of
 * the highest version lacks a field or has an unsafe one, and `SUBJECT_MISMATCH` where that version has two
 * digests; PolicyError `VERSION_UNAVAILABLE` where there are versions, and none of them is allowed.
 */
export function choosePackage(found: readonly FoundStanza[], request: PackageRequest): PackageChoice {
  const candidates = found.flatMap((stanza) => candidatesOf(stanza, request));
  const allowed = candidates.filter((candidate) => isAllowed(candidate, request));
  if (allowed.length === 0 && candidates.length > 0) throw unavailable(candidates, request);
  const [first] = allowed;
  if (first === undefined) {
    const version = request.version === undefined ? '' : ` in version ${request.version}`;
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `no index vouches for the package ${request.package}${version} for ${request.architecture}`,
      { hint: 'Is the name right, and in these suites and components?', context: { ...request } },
    );
  }
  const best = allowed.reduce((high, one) => (compareVersionsOf(one, high) > 0 ? one : high), first);
  const among = new Set(allowed.map(({ text }) => text)).size;
  const [chosen, ...rivals] = allowed
    .filter((one) => compareVersionsOf(one, best) === 0)
    .map((one) => ({ deb: debOf(one, request), stanza: one.stanza, among }));
  if (chosen === undefined) throw new TypeError('the highest version is one of those that are allowed');
  for (const rival of rivals) refuseIfOther(chosen.deb, rival.deb);
  return chosen;
}

/** A choice as a verified artifact, named as the manifest names it; `documents` led to it, and to no other choice. */
export function verifiedArtifact(
  choice: PackageChoice,
  artifact: Pick<Artifact, 'name' | 'platform' | 'url'>,
  documents: readonly EvidenceDocument[],
): Verified<Artifact> {
  const { deb, stanza } = choice;
  const { release } = stanza;
  assertMinted(release, 'VerifiedRelease');
  const { version, digest, sizeBytes } = deb;
  return mintVerified<Artifact>(
    { ...artifact, version, type: 'deb', digest, sizeBytes },
    {
      assurance: 'signed',
      method: 'apt',
      signers: release.signers,
      documents: [...documents, stanzaDocument(stanza)],
      verifiedAt: release.verifiedAt,
      digest,
      ...(documents.every(isSeen) ? {} : { isUpToIndex: true as const }),
    },
  );
}

/** A repository's root and a stanza's Filename as a URL: `+` and `~` stay as they are. */
export function packageUrl(root: string, filename: string): string {
  const path = filename.replace(/^(?:\.\/)+/, '');
  return `${root}/${path.split('/').map(encodeSegment).join('/')}`;
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(2B|3A|40|24|26|2C|3B|3D)/g, decodeURIComponent);
}

/** What is kept of an index: under the name that all of its forms share. */
export const stanzaDocument = oncePer(({ release, listing, bytes }: FoundStanza): EvidenceDocument => ({
  ...documentOf('packages-stanza', `${release.places.directory}/${listing.name}`, bytes),
  isExcerpt: true,
}));

/** Of an index that was not kept there is its name and digest: what stands in it, and what else, was not seen again. */
function isSeen({ bytes, sizeBytes }: EvidenceDocument): boolean {
  return bytes.length === sizeBytes;
}

function compareVersionsOf(one: Candidate, other: Candidate): number {
  // Most packages have one candidate, which is compared with itself.
  return one === other ? 0 : compareDebianVersions(one.version, other.version);
}

function isAllowed({ text, version }: Candidate, { held, range }: PackageRequest): boolean {
  if (held !== undefined && text !== held && withoutEpoch(text) !== held) return false;
  return range === undefined || isInRange(range, { ordering: 'debian', debian: version }, false);
}

function unavailable(
  candidates: readonly Candidate[],
  { package: name, architecture, held, range }: PackageRequest,
): PolicyError {
  const found = [...new Set(candidates.map(({ text }) => text))];
  const wanted = held === undefined ? `a version ${range ?? ''}` : `version ${held}, which is held`;
  const named = found.length > 20 ? [...found.slice(0, 20), `${String(found.length - 20)} others`] : found;
  return new PolicyError(
    'VERSION_UNAVAILABLE',
    `${name} for ${architecture}: expected ${wanted}, found ${named.join(', ')}`,
    {
      hint: 'An index has the newest version only: change "versions" of the entry, or let the newer one in.',
      context: { package: name, architecture, held, range, found },
    },
  );
}

/** Alike is what has one size, and one digest by each algorithm that both of them name: by one at least. */
function refuseIfOther(one: DebPackage, other: DebPackage): void {
  const pairs = one.digests.flatMap((digest) =>
    other.digests.flatMap((rival) =>
      digestAlgorithm(rival) === digestAlgorithm(digest) ? [[digest, rival] as const] : [],
    ),
  );
  const isAlike = pairs.length > 0 && pairs.every(([digest, rival]) => digest === rival);
  if (isAlike && one.sizeBytes === other.sizeBytes) return;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${one.package} ${one.version} stands in the indexes twice, and not alike: ${summaryOf(one)}; ${summaryOf(other)}`,
    { hint: 'Which of the two is meant cannot be known: ask the publisher.', context: { one, other } },
  );
}

function summaryOf({ digests, sizeBytes }: DebPackage): string {
  return `${digests.join(', ')}, ${String(sizeBytes)} bytes`;
}

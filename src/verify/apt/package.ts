/**
 * The last link of an apt chain: one package out of the stanzas found, as a verified artifact.
 *
 * The highest version by Debian's ordering wins, across all suites; a version with two digests is
 * ambiguous and refused.
 */
import { parseStanza } from '../../formats/deb822.ts';
import {
  compareDebianVersions,
  parseDebianVersion,
  withoutEpoch,
  type DebianVersion,
} from '../../formats/debian-version.ts';
import { isInRange } from '../../formats/version-range.ts';
import type { Architecture, Artifact } from '../../model/artifact.ts';
import { digestFromHex, type Digest } from '../../model/digest.ts';
import { PolicyError, VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument, Verified } from '../../model/verification.ts';
import { digestOf } from '../digest.ts';
import { mintVerified } from '../mint.ts';
import type { FoundStanza } from './packages.ts';

/** A stanza's fields that matter, checked. */
export interface DebPackage {
  readonly package: string;
  /** With its epoch. */
  readonly version: string;
  /** The one asked for, or `all`. */
  readonly architecture: string;
  /** As the index writes it, relative to the repository's root. */
  readonly filename: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
}

export interface PackageRequest {
  readonly package: string;
  readonly architecture: Architecture;
  /** Exactly, with its epoch; otherwise the highest. */
  readonly version?: string | undefined;
  /** The version that a manifest has, which may have lost its epoch there. */
  readonly held?: string | undefined;
  /** Debian relations, all of which must hold. */
  readonly range?: string | undefined;
}

export interface PackageChoice {
  readonly deb: DebPackage;
  readonly stanza: FoundStanza;
}

/**
 * Throws VerificationError `EVIDENCE_MISSING` where no stanza answers, `EVIDENCE_MALFORMED` for a stanza
 * that lacks a field or has an unsafe one, and `SUBJECT_MISMATCH` where the highest version has two digests;
 * PolicyError `VERSION_UNAVAILABLE` where there are versions, and none of them is allowed.
 */
export function choosePackage(found: readonly FoundStanza[], request: PackageRequest): PackageChoice {
  const candidates = found.flatMap((stanza) => candidateOf(stanza, request) ?? []);
  candidates.sort((a, b) => compareDebianVersions(b.version, a.version));
  const [best, ...rivals] = candidates.filter((candidate) => isAllowed(candidate, request));
  if (best === undefined && candidates.length > 0) throw unavailable(candidates, request);
  if (best === undefined) {
    const version = request.version === undefined ? '' : ` in version ${request.version}`;
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `no index vouches for the package ${request.package}${version} for ${request.architecture}`,
      { hint: 'Is the name right, and in these suites and components?', context: { ...request } },
    );
  }
  for (const rival of rivals) {
    if (compareDebianVersions(rival.version, best.version) === 0) refuseIfOther(best.deb, rival.deb);
  }
  return best;
}

/** A choice as a verified artifact, named as the manifest names it. */
export function verifiedArtifact(
  choice: PackageChoice,
  artifact: Pick<Artifact, 'name' | 'platform' | 'url'>,
): Verified<Artifact> {
  const { deb, stanza } = choice;
  const { release } = stanza;
  const stanzaDocument: EvidenceDocument = {
    role: 'packages-stanza',
    url: stanza.index.url,
    digest: digestOf('sha256', stanza.bytes),
    sizeBytes: stanza.bytes.length,
    bytes: stanza.bytes,
  };
  const { version, digest, sizeBytes } = deb;
  return mintVerified<Artifact>(
    { ...artifact, version, type: 'deb', digest, sizeBytes },
    {
      assurance: 'signed',
      method: 'apt',
      signers: release.signers,
      documents: [release.document, stanza.index, stanzaDocument],
      verifiedAt: release.verifiedAt,
      digest,
    },
  );
}

interface Candidate extends PackageChoice {
  readonly version: DebianVersion;
}

function isAllowed({ version, deb }: Candidate, { held, range }: PackageRequest): boolean {
  if (held !== undefined && deb.version !== held && withoutEpoch(deb.version) !== held) return false;
  return range === undefined || isInRange(range, { ordering: 'debian', debian: version }, false);
}

function unavailable(
  candidates: readonly Candidate[],
  { package: name, architecture, held, range }: PackageRequest,
): PolicyError {
  const found = [...new Set(candidates.map(({ deb }) => deb.version))];
  const wanted = held === undefined ? `a version ${range ?? ''}` : `version ${held}, which is held`;
  return new PolicyError(
    'VERSION_UNAVAILABLE',
    `${name} for ${architecture}: expected ${wanted}, found ${found.join(', ')}`,
    {
      hint: 'An index has the newest version only: change "versions" of the entry, or let the newer one in.',
      context: { package: name, architecture, held, range, found },
    },
  );
}

/** Undefined for another package, architecture or version. */
function candidateOf(stanza: FoundStanza, request: PackageRequest): Candidate | undefined {
  const what = `a stanza of ${request.package} in ${stanza.index.url}`;
  const fields = parseStanza(stanza.bytes, what);
  const valueOf = (name: string): string => {
    const field = fields.get(name.toLowerCase());
    if (field === undefined) throw malformed(what, `has no ${name}`);
    return field.value;
  };
  if (valueOf('Package') !== request.package) return undefined;
  const architecture = valueOf('Architecture');
  if (architecture !== request.architecture && architecture !== 'all') return undefined;
  const versionText = valueOf('Version');
  if (request.version !== undefined && versionText !== request.version) return undefined;
  const version = parseDebianVersion(versionText);
  if (version === undefined)
    throw malformed(what, `has a Version that is none: ${JSON.stringify(versionText)}`);
  const digest = digestFromHex('sha256', valueOf('SHA256'));
  if (digest === undefined) throw malformed(what, 'has a SHA256 that is no SHA-256 digest');
  const size = valueOf('Size');
  if (!/^[1-9]\d{0,14}$/.test(size))
    throw malformed(what, `has a Size that is none: ${JSON.stringify(size)}`);
  const filename = valueOf('Filename');
  if (!isSafeFilename(filename)) throw malformed(what, `has an unsafe Filename: ${JSON.stringify(filename)}`);
  const deb: DebPackage = {
    package: request.package,
    version: versionText,
    architecture,
    filename,
    sizeBytes: Number(size),
    digest,
  };
  return { deb, stanza, version };
}

/**
 * A relative path that stays inside of the repository and means the same to a URL, a shell and a file
 * system: printable ASCII without space, backslash, `?` or `#`; no scheme, no empty segment, no `..`.
 */
export function isSafeFilename(filename: string): boolean {
  if (!/^[!-~]+$/.test(filename) || /[\\?#"'`<>|]/.test(filename)) return false;
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(filename)) return false;
  const segments = filename.replace(/^(?:\.\/)+/, '').split('/');
  return segments.every(
    (segment) => segment !== '' && segment !== '.' && segment !== '..' && !isEncodedDots(segment),
  );
}

/** A server that decodes first would read `%2e%2e` as `..`. */
function isEncodedDots(segment: string): boolean {
  const decoded = segment.replace(/%2e/gi, '.').replace(/%2f|%5c/gi, '/');
  return decoded.includes('/') || decoded === '.' || decoded === '..';
}

function refuseIfOther(one: DebPackage, other: DebPackage): void {
  if (one.digest === other.digest && one.sizeBytes === other.sizeBytes) return;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${one.package} ${one.version} stands in the indexes with two digests: ${one.digest} and ${other.digest}`,
    { hint: 'Which of the two is meant cannot be known: ask the publisher.', context: { one, other } },
  );
}

function malformed(what: string, problem: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what} ${problem}`);
}

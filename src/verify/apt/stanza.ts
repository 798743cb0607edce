/**
 * What one stanza of a Packages index says of a package (Debian repository format, "Packages" indices).
 *
 * In two steps: which version it is about, which a malformed stanza may tell as well, and, for the version that
 * was chosen, whether all of it is well-formed.
 */
import { readFields, shown, type RawFields } from '../../formats/upstream/deb822.ts';
import {
  parseDebianVersion,
  splitDebianVersion,
  type DebianVersion,
} from '../../formats/upstream/debian-version.ts';
import type { Architecture } from '../../model/artifact.ts';
import { digestFromHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
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
  /** The SHA-256 where the stanza has one, the SHA-512 else. */
  readonly digest: Digest;
  readonly digests: readonly [Digest, ...Digest[]];
}

export interface StanzaRequest {
  readonly package: string;
  readonly architecture: Architecture;
  /** Exactly, with its epoch; any, unless given. */
  readonly version?: string | undefined;
}

/** A version that a stanza of the package and architecture says it has. Nothing else was looked at yet. */
export interface Candidate {
  readonly stanza: FoundStanza;
  /** As the index writes it. Empty where the stanza has none: then it comes before every version. */
  readonly text: string;
  readonly version: DebianVersion;
  readonly raw: RawFields;
}

/** None for another package, architecture or version. A field that has two values counts with both. */
export function candidatesOf(stanza: FoundStanza, request: StanzaRequest): readonly Candidate[] {
  const raw = readFields(stanza.bytes, nameOf(stanza, request));
  const valuesOf = (name: string) => {
    const first = raw.fields.get(name);
    return first && [first, ...(raw.others.get(name) ?? [])].map(({ value }) => value);
  };
  if (valuesOf('package')?.includes(request.package) !== true) return [];
  const architectures = valuesOf('architecture') ?? ['all'];
  if (!architectures.some((one) => one === request.architecture || one === 'all')) return [];
  const versions = valuesOf('version') ?? [''];
  return versions
    .filter((text) => request.version === undefined || text === request.version)
    .map((text) => ({ stanza, text, version: splitDebianVersion(text), raw }));
}

/**
 * Throws VerificationError `EVIDENCE_MALFORMED` for a stanza with a line that is no field, or a field that has two
 * values, is missing, or is none.
 */
export function debOf({ stanza, text, raw }: Candidate, request: StanzaRequest): DebPackage {
  const what = nameOf(stanza, request);
  if (raw.fault !== undefined) throw raw.fault;
  const valueOf = (name: string): string => {
    const field = raw.fields.get(name.toLowerCase());
    if (field === undefined) throw malformed(what, `has no ${name}`);
    return field.value;
  };
  const architecture = valueOf('Architecture');
  if (parseDebianVersion(valueOf('Version')) === undefined)
    throw malformed(what, `has a Version that is none: ${shown(text)}`);
  const size = valueOf('Size');
  if (!/^[1-9]\d{0,14}$/.test(size)) throw malformed(what, `has a Size that is none: ${shown(size)}`);
  const filename = valueOf('Filename');
  if (!isSafeFilename(filename)) throw malformed(what, `has an unsafe Filename: ${shown(filename)}`);
  const digests = digestsOf(raw, what);
  return {
    ...{ package: request.package, version: text, architecture, filename, sizeBytes: Number(size) },
    digest: digests[0],
    digests,
  };
}

function nameOf({ index }: FoundStanza, request: StanzaRequest): string {
  return `a stanza of ${request.package} in ${index.url}`;
}

/** An empty field is none, as for apt. */
function digestsOf({ fields }: RawFields, what: string): DebPackage['digests'] {
  const [first, ...others] = (['SHA256', 'SHA512'] as const).flatMap((name) => {
    const hex = fields.get(name.toLowerCase())?.value ?? '';
    if (hex === '') return [];
    const digest = digestFromHex(name === 'SHA256' ? 'sha256' : 'sha512', hex);
    if (digest === undefined) throw malformed(what, `has a ${name} that is none: ${shown(hex)}`);
    return [digest];
  });
  if (first === undefined) throw malformed(what, 'has no SHA256 and no SHA512');
  return [first, ...others];
}

/**
 * A relative path that stays inside of the repository and means the same to a URL, a shell and a file
 * system: printable ASCII without space, backslash, `?` or `#`; no scheme, no empty segment, no `..`.
 */
export function isSafeFilename(filename: string): boolean {
  if (!/^[!-~]+$/.test(filename) || /[\\?#"'`<>|]/.test(filename)) return false;
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(filename)) return false;
  const segments = filename.replace(/^(?:\.\/)+/, '').split('/');
  return segments.every((segment) => segment !== '' && !isDots(segment));
}

/** A server that decodes first would read `%2e%2e` as `..`. */
function isDots(segment: string): boolean {
  const decoded = segment.replace(/%2e/gi, '.').replace(/%2f|%5c/gi, '/');
  return decoded.includes('/') || decoded === '.' || decoded === '..';
}

function malformed(what: string, problem: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what} ${problem}`);
}

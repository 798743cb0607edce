/**
 * The Release file of an apt repository (Debian repository format, "Release" files).
 *
 * Parses the text that was signed; what the values must be is judged in `src/verify/apt`.
 */
import { digestFromHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { parseStanza, shown, type Field, type Stanza } from './deb822.ts';

export interface ReleaseFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** The SHA-256 where one is listed, the SHA-512 else. */
  readonly digest: Digest;
}

export interface Release {
  readonly origin: string | undefined;
  readonly label: string | undefined;
  readonly suite: string | undefined;
  readonly codename: string | undefined;
  readonly date: Date;
  readonly validUntil: Date | undefined;
  readonly acquireByHash: boolean;
  /**
   * True where packages of the architecture `all` stand in an index of their own: Architectures names `all`
   * (or is missing), and `No-Support-for-Architecture-all: Packages` does not say that binary-ARCH has them.
   */
  readonly hasArchitectureAllIndex: boolean;
  /** By path, relative to the suite's directory. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
}

/**
 * Throws VerificationError `EVIDENCE_MALFORMED` for what does not parse, a field or path that stands there
 * twice and differs, and a missing Date (nothing else tells an old Release from a new one);
 * `ALGORITHM_REFUSED` where there is no SHA256 or SHA512 section.
 */
export function parseRelease(text: Uint8Array, what: string): Release {
  const stanza = parseStanza(text, what);
  const date = dateOf(stanza, 'date', what);
  if (date === undefined) throw malformed(what, 'has no Date');
  return {
    origin: stanza.get('origin')?.value,
    label: stanza.get('label')?.value,
    suite: stanza.get('suite')?.value,
    codename: stanza.get('codename')?.value,
    date,
    validUntil: dateOf(stanza, 'valid-until', what),
    acquireByHash: stanza.get('acquire-by-hash')?.value.toLowerCase() === 'yes',
    hasArchitectureAllIndex:
      (wordsOf(stanza, 'architectures')?.includes('all') ?? true) &&
      wordsOf(stanza, 'no-support-for-architecture-all')?.includes('Packages') !== true,
    files: filesOf(stanza, what),
  };
}

function wordsOf(stanza: Stanza, name: string): readonly string[] | undefined {
  const field = stanza.get(name);
  return field && [field.value, ...field.continuation].join(' ').split(/[ \t]+/);
}

/** What one section lists and the other does not counts as well, as in apt: by the SHA-256 where both list it. */
function filesOf(stanza: Stanza, what: string): ReadonlyMap<string, ReleaseFile> {
  const [sha256, sha512] = [stanza.get('sha256'), stanza.get('sha512')];
  if (sha256 === undefined && sha512 === undefined) {
    throw new VerificationError('ALGORITHM_REFUSED', `${what} lists no SHA256 or SHA512 digests`, {
      hint: 'MD5 and SHA-1 vouch for nothing: the repository has to publish SHA256.',
    });
  }
  const files = parseSection(sha256, 'sha256', what);
  for (const [path, file] of parseSection(sha512, 'sha512', what)) {
    const { sizeBytes } = files.get(path) ?? file;
    if (sizeBytes !== file.sizeBytes) throw malformed(what, `lists ${shown(path)} with two sizes`);
    if (!files.has(path)) files.set(path, file);
  }
  return files;
}

/** Lines of `<hex> <size> <path>`. */
function parseSection(field: Field | undefined, algorithm: 'sha256' | 'sha512', what: string) {
  const files = new Map<string, ReleaseFile>();
  if (field === undefined) return files;
  for (const line of field.value === '' ? field.continuation : [field.value, ...field.continuation]) {
    const match = /^([0-9A-Fa-f]+)[ \t]+(\d{1,15})[ \t]+([!-~]+)$/.exec(line);
    const digest = match?.[1] === undefined ? undefined : digestFromHex(algorithm, match[1]);
    const path = match?.[3];
    if (digest === undefined || path === undefined)
      throw malformed(what, `has a ${field.name} line that is not "digest size path": ${shown(line)}`);
    const file = { path, sizeBytes: Number(match?.[2]), digest };
    const known = files.get(path) ?? file;
    // The same once more says nothing new.
    if (known.digest !== digest || known.sizeBytes !== file.sizeBytes)
      throw malformed(what, `lists ${shown(path)} twice under ${field.name}, and differently`);
    files.set(path, known);
  }
  return files;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dateShape =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (?:UTC|GMT|Z|\+0000)$/;

/** The date form of Release files: RFC 5322 in UTC, which apt accepts as UTC, GMT, Z or +0000. */
export function parseReleaseDate(text: string): Date | undefined {
  const match = dateShape.exec(text.replace(/ +/g, ' '));
  if (match === null) return undefined;
  const month = months.indexOf(match[2] ?? '');
  const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((group) => Number(match[group])) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  // Date.UTC rolls 31 February over to March: what does not come back as written was no date.
  const isReal =
    month >= 0 &&
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return isReal ? date : undefined;
}

function dateOf(stanza: Stanza, name: string, what: string): Date | undefined {
  const field = stanza.get(name);
  if (field === undefined) return undefined;
  const date = parseReleaseDate(field.value);
  if (date === undefined) throw malformed(what, `has a ${field.name} that is no date: ${shown(field.value)}`);
  return date;
}

function malformed(what: string, problem: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what} ${problem}`);
}

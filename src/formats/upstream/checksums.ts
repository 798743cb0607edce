/**
 * Checksum files: which digest a file has after one. The lines are those of `checksum-lines.ts`. One usable line for a
 * file is enough, whatever the other lines are; lines that contradict each other are none.
 *
 * A name is matched whole, as bytes; only `./` before it does not count. Authenticate the file first, where it is signed
 * at all.
 */
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { escapeForeignName } from '../../model/printable.ts';
import { readChecksumLines, withoutDots, type ChecksumLine } from './checksum-lines.ts';

const maxBytes = 4 << 20;
const maxListed = 5;

export type Checksums = readonly ChecksumLine[];

export interface WantedChecksum {
  /** As the checksum file writes it. */
  readonly name: string;
  /**
   * May a digest alone answer? Only where it says of what: the checksum file is named after the wanted one, and whoever
   * signed it, if anybody did, signed that too.
   */
  readonly nameless: boolean;
}

/**
 * Throws VerificationError `EVIDENCE_MALFORMED` for what is no list of lines at all (a web page in its place, a binary),
 * and for one that is signed around its text, which is to be verified first; and `LIMIT_EXCEEDED`.
 */
export function parseChecksums(bytes: Uint8Array, what: string): Checksums {
  if (bytes.length > maxBytes) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${String(maxBytes)} bytes`);
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines = readChecksumLines(text);
  const page = lines.find((line) => line.kind === 'unreadable' && /^\s*</.test(line.text));
  if (page !== undefined) throw unreadable(page, what);
  if (text.includes('\0')) throw new VerificationError('EVIDENCE_MALFORMED', `${what} is no text`, { hint });
  if (isClearsigned(bytes)) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${what} is signed around its text (OpenPGP)`, {
      hint: 'The signature comes first. Give --keyring; in a catalogue, "method: openpgp-checksums" with "form: clearsigned".',
    });
  }
  return lines;
}

const hint = 'Is it a checksum file at all? A web page in its place means that upstream moved it.';

/** Is there a message that OpenPGP signs around its text (RFC 9580, section 7)? */
function isClearsigned(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return /^-----BEGIN PGP SIGNED MESSAGE-----[ \t\r]*$/m.test(text);
}

/** As `digestsOf`, and the first of them. */
export function checksumOf(checksums: Checksums, wanted: WantedChecksum, what: string): Digest {
  return digestsOf(checksums, wanted, what)[0];
}

/**
 * What the file has for `wanted`: one digest of each algorithm, SHA-256 first.
 *
 * Throws VerificationError `EVIDENCE_MISSING` where there is no line for it, `ALGORITHM_REFUSED` where there are only
 * digests of other algorithms, and `EVIDENCE_MALFORMED` where lines contradict each other or its own cannot be read.
 */
export function digestsOf(
  checksums: Checksums,
  wanted: WantedChecksum,
  what: string,
): readonly [Digest, ...Digest[]] {
  const name = nameInBytes(wanted.name);
  const named = checksums.flatMap((line) =>
    line.kind === 'digest' && line.name === name ? [line.digest] : [],
  );
  const found = new Set(named.length === 0 && wanted.nameless ? namelessDigests(checksums) : named);
  const sorted = ['sha256:', 'sha512:'].map((prefix) => [...found].filter((one) => one.startsWith(prefix)));
  if (sorted.some(({ length }) => length > 1)) {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} has different digests for ${escapeForeignName(wanted.name)}`,
      { hint: 'One of them is wrong: only the publisher can tell which.', context: { found: [...found] } },
    );
  }
  const [first, ...others] = sorted.flat();
  if (first === undefined) throw refusalOf(checksums, name, wanted, what);
  return [first, ...others];
}

/** Of a file with nothing else in it: beside other lines, a digest alone could be of any file. */
function namelessDigests(checksums: Checksums): readonly Digest[] {
  const alone = checksums.flatMap((line) => (line.kind === 'nameless' ? [line.digest] : []));
  return alone.length === checksums.length && new Set(alone).size === 1 ? alone : [];
}

/** Why none of the lines will do. */
function refusalOf(
  checksums: Checksums,
  name: string,
  wanted: WantedChecksum,
  what: string,
): VerificationError {
  const shown = escapeForeignName(wanted.name);
  const spoilt = checksums.find((line) => line.kind === 'unreadable' && isAbout(line.text, name));
  if (spoilt !== undefined) return unreadable(spoilt, what);
  const isAlone = checksums.length === 1;
  if (checksums.some((line) => line.kind === 'other' && (line.name ?? (isAlone ? name : '')) === name)) {
    return new VerificationError('ALGORITHM_REFUSED', `${what} has no SHA-256 or SHA-512 of ${shown}`, {
      hint: 'MD5, SHA-1 and the like vouch for nothing: upstream has to publish SHA-256 or SHA-512.',
    });
  }
  if (checksums.some(({ kind }) => kind === 'nameless')) {
    return new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} has a digest without a name, and nothing says that it is of ${shown}`,
    );
  }
  const [first] = checksums;
  if (first !== undefined && checksums.every(({ kind }) => kind === 'unreadable'))
    return unreadable(first, what);
  return missing(checksums, name, shown, what);
}

function missing(checksums: Checksums, name: string, shown: string, what: string): VerificationError {
  const names = [...new Set(checksums.flatMap((line) => ('name' in line ? (line.name ?? []) : [])))];
  const base = name.replace(/^.*\//s, '');
  const isAlike = (one: string) => one.endsWith(`/${base}`);
  const alike = names.filter(isAlike);
  const listed = [...alike, ...names.filter((one) => !isAlike(one))].map(nameInText);
  const more = listed.length > maxListed ? ` and ${String(listed.length - maxListed)} more` : '';
  const found =
    listed.length === 0 ? 'no line at all' : listed.slice(0, maxListed).map(quoted).join(', ') + more;
  return new VerificationError('EVIDENCE_MISSING', `${what} has no line for ${shown}: it has ${found}`, {
    hint:
      alike.length === 0
        ? 'Did upstream rename the file, or leave it out of this release?'
        : `Upstream put a path before the name. If that is the file, name it so: --name, or "name" in a catalogue.`,
    context: { name: shown, found: listed.slice(0, 100) },
  });
}

function quoted(name: string): string {
  return escapeForeignName(name, 300);
}

function unreadable(line: ChecksumLine, what: string): VerificationError {
  if (line.kind !== 'unreadable') throw new TypeError(`${what}: a line that can be read`);
  const shown = escapeForeignName(nameInText(line.text.slice(0, 400)), 100);
  return new VerificationError(
    'EVIDENCE_MALFORMED',
    `${what}, line ${String(line.number)}, is no line of a checksum file: "${shown}"`,
    { hint },
  );
}

/** Does a line that cannot be read end in this name, or have it in brackets? */
function isAbout(text: string, name: string): boolean {
  const before = text.charAt(text.length - name.length - 1);
  return (text.endsWith(name) && /[\s*/\\]/.test(before)) || text.includes(`(${name})`);
}

/** One character for each byte, as lines have it. */
function nameInBytes(name: string): string {
  return withoutDots(Buffer.from(name).toString('latin1'));
}

/** A name as lines have it, for people. Bytes that are no UTF-8 become U+FFFD, which is no name of anything. */
export function nameInText(name: string): string {
  return Buffer.from(name, 'latin1').toString();
}

/**
 * Lines of checksum files, as `sha256sum --check` and `sha512sum --check` of GNU coreutils 9.1 read them (`split_3` in
 * its digest.c), and never looser:
 *
 *   <hex>  <name>            text mode
 *   <hex> *<name>            binary mode
 *   <hex> <name>             one blank, as `md5 -r` and people write it; not in one file with the two above
 *   \<hex>  <name>           the name is escaped: `\\`, `\n`, `\r`
 *   SHA256 (<name>) = <hex>  `--tag`; without blanks around the brackets also an OVF manifest's (DSP0243)
 *
 * Two forms are not theirs:
 *
 *   <hex>                    alone: of whatever the file is named after
 *   # SHA512 HASH            Gentoo's comment, which tells what the digits of the lines below it are
 *
 * A name is bytes, and goes up to the end of its line, blanks included. It is kept as one character for each byte.
 */
import { digestFromHex, type Digest, type DigestAlgorithm } from '../../model/digest.ts';

export type ChecksumLine =
  | { readonly kind: 'digest'; readonly name: string; readonly digest: Digest }
  /** A digest alone. */
  | { readonly kind: 'nameless'; readonly digest: Digest }
  /** Of an algorithm that vouches for nothing here: MD5, SHA-1, CRC32, BLAKE2b and the like. */
  | { readonly kind: 'other'; readonly name: string | undefined }
  | { readonly kind: 'unreadable'; readonly number: number; readonly text: string };

type Read = ChecksumLine | undefined;

/** `text` has one character for each byte of the file. Comments and empty lines are left out. */
export function readChecksumLines(text: string): ChecksumLine[] {
  const reader = new LineReader();
  return text.split('\n').flatMap((raw, index): ChecksumLine[] => {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.startsWith('#')) reader.header(line);
    if (line.startsWith('#') || trimBlanks(line) === '') return [];
    return [reader.read(line) ?? { kind: 'unreadable', number: index + 1, text: line }];
  });
}

/** `./` before a name does not count, however often it stands there. Of a name in bytes as in text. */
export function withoutDots(name: string): string {
  return name.replace(/^(?:\.\/+)+(?=.)/s, '');
}

const header = /^# ([A-Za-z0-9_-]{2,20}) HASH$/;
const tag = /^([A-Za-z][A-Za-z0-9_./-]{1,19})([ \t]*)\(/;
const hexDigits = /^[0-9A-Fa-f]*/;
/** CRC-32, MD5, SHA-1, Tiger, SHA-224, SHA-384: told by the number of their digits alone. */
const otherLengths: ReadonlySet<number> = new Set([8, 32, 40, 48, 56, 96]);

class LineReader {
  /** Of the lines below a header; undefined where their lengths tell. */
  #header: string | undefined;
  /** coreutils decides by the first line of each algorithm whether one blank or two stand before names. */
  readonly #blanks = new Map<DigestAlgorithm, 'one' | 'two'>();

  header(line: string): void {
    this.#header = header.exec(line)?.[1] ?? this.#header;
  }

  read(line: string): Read {
    const start = trimBlanks(line, 'start');
    const isEscaped = start.startsWith('\\');
    const rest = isEscaped ? start.slice(1) : start;
    const [opening, label, blanks] = tag.exec(rest) ?? [];
    if (opening === undefined || label === undefined) return this.#plain(rest, isEscaped);
    const end = rest.lastIndexOf(')');
    if (end <= opening.length) return undefined;
    const name = nameOf(rest.slice(opening.length, end), isEscaped);
    return name === undefined ? undefined : tagged(label, blanks ?? '', name, rest.slice(end + 1));
  }

  #plain(rest: string, isEscaped: boolean): Read {
    const hex = hexDigits.exec(rest)?.[0] ?? '';
    const after = rest.slice(hex.length);
    const algorithm = byLength(hex);
    const written = after === '' ? '' : this.#nameBehind(after, algorithm);
    if (written === undefined) return undefined;
    const isNameless = trimBlanks(after) === '' && !isEscaped;
    const name = isNameless ? undefined : nameOf(written, isEscaped);
    if (!isNameless && name === undefined) return undefined;
    const meant = this.#header === undefined ? algorithm : labelled(this.#header.toUpperCase());
    if (meant === undefined) {
      const isKnown = otherLengths.has(hex.length) || (this.#header !== undefined && hex.length >= 8);
      return isKnown ? { kind: 'other', name } : undefined;
    }
    const digest = digestFromHex(meant, hex);
    if (digest === undefined) return undefined;
    return name === undefined ? { kind: 'nameless', digest } : { kind: 'digest', name, digest };
  }

  /** What stands behind the digits, from its blank on; undefined where the blanks are not those of the file. */
  #nameBehind(after: string, algorithm: DigestAlgorithm | undefined): string | undefined {
    if (!isBlank(after.charAt(0))) return undefined;
    const name = after.slice(1);
    const isOfTwo = name.length > 1 && (name.startsWith(' ') || name.startsWith('*'));
    if (algorithm === undefined) return isOfTwo ? name.slice(1) : name;
    // A single blank at the end of a digest alone is too short for coreutils, and decides nothing.
    const file = this.#blanks.get(algorithm) ?? (isOfTwo ? 'two' : 'one');
    if (name !== '') this.#blanks.set(algorithm, file);
    if (file === 'two') return isOfTwo ? name.slice(1) : undefined;
    return name;
  }
}

function tagged(label: string, blanks: string, name: string, behind: string): Read {
  const algorithm = labelled(label);
  if (algorithm === undefined) return /^[ \t]*=[ \t]*\S/.test(behind) ? { kind: 'other', name } : undefined;
  const hex = /^[ \t]*=[ \t]*([0-9A-Fa-f]+)$/.exec(behind)?.[1];
  // Of two blanks before the bracket, and of a label that its own digits belie, coreutils makes nothing.
  if (hex === undefined || (blanks !== '' && blanks !== ' ')) return undefined;
  const digest = digestFromHex(algorithm, hex);
  return digest && { kind: 'digest', name, digest };
}

/** Also as OpenSSL 3 writes it (`SHA2-256`). */
function labelled(label: string): DigestAlgorithm | undefined {
  if (label === 'SHA256' || label === 'SHA2-256') return 'sha256';
  return label === 'SHA512' || label === 'SHA2-512' ? 'sha512' : undefined;
}

function byLength(hex: string): DigestAlgorithm | undefined {
  if (hex.length === 64) return 'sha256';
  return hex.length === 128 ? 'sha512' : undefined;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', r: '\r' };

/** Undefined for an empty name, and for an escape that coreutils does not write. */
function nameOf(written: string, isEscaped: boolean): string | undefined {
  if (written === '') return undefined;
  if (!isEscaped) return withoutDots(written);
  const parts = written.split(/\\(.?)/s);
  // Each second part is what stands behind a backslash.
  if (parts.some((part, index) => index % 2 === 1 && !Object.hasOwn(escapes, part))) return undefined;
  return withoutDots(parts.map((part, index) => (index % 2 === 1 ? (escapes[part] ?? '') : part)).join(''));
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

/** No expression: one that looks for blanks at the end begins anew at each of a line's blanks. */
function trimBlanks(text: string, where: 'start' | 'both' = 'both'): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charAt(start))) start += 1;
  while (where === 'both' && end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

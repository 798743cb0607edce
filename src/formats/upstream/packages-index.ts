/**
 * Finding stanzas in a Packages index without reading it whole: trixie's is 57 MB and 1.3 million lines.
 *
 * One pass, however many names are wanted: the value of each Package field is looked up among them, and of a stanza
 * that is wanted the ends are searched for. So no object is made for the 70,000 stanzas that nobody asked for, and
 * the memory needed is one chunk and one stanza.
 */
import { VerificationError } from '../../model/errors.ts';
import { isBlankByte, trim } from './deb822.ts';

/** No stanza of a real index comes near; so much without a blank line is an attack. */
const maxStanzaBytes = 4 << 20;
/** Of one name in one index. trixie has one each; a repository that keeps old versions has dozens. */
const maxStanzasPerName = 1000;
/** A stanza has one name. One with two is found by both, and refused by whoever wants it. */
const maxNamesPerStanza = 16;

const LF = 0x0a;
const CR = 0x0d;

/**
 * So much of an index is a string at a time, up to the end of a line. V8 collects strings of this size as soon as they
 * are used; those of 128 KiB and more stay until it marks the whole heap, which 10 MB of them do not bring about.
 */
const textBytes = 64 << 10;

/** Only LF ends a line: `^` would know other ends. */
const packageField = /\npackage[ \t]*:[ \t]*/gi;

/** The end of a line below which there is a blank one. */
const lastLineEnd = /\n(?=[ \t\r]*\n)/g;

export interface RawStanza {
  readonly package: string;
  readonly bytes: Uint8Array;
}

/** One that has a name which is wanted. */
interface Stanza {
  /** In the window. */
  readonly end: number;
  readonly bytes: Uint8Array;
  /** Those for which it was kept. */
  readonly names: string[];
}

/**
 * Takes an index chunk by chunk, and keeps the stanzas with a Package field that is one of `names`.
 *
 * The content is not trusted yet while it passes: use `stanzas` only once the digest of all of it was
 * checked. Throws VerificationError `LIMIT_EXCEEDED`.
 */
export class StanzaSearch {
  readonly stanzas: RawStanza[] = [];
  readonly #names: ReadonlySet<string>;
  readonly #what: string;
  readonly #counts = new Map<string, number>();
  /** Has a wanted name this hash? It saves most stanzas a string and a look-up. */
  readonly #hashes = new Uint8Array(hashes);
  /** Begins with the line end before a stanza; what is behind `#length` is of no account. */
  #buffer: Buffer = Buffer.from('\n');
  #length = 1;

  constructor(names: ReadonlySet<string>, what: string) {
    this.#names = names;
    this.#what = what;
    for (const name of names) this.#hashes[hashOfName(name, 0)] = 1;
  }

  /** The chunk may be used again afterwards: it is copied. */
  push(chunk: Uint8Array): void {
    const before = this.#length;
    this.#append(chunk);
    const window = this.#buffer.subarray(0, this.#length);
    const end = endOfLastStanza(window, before);
    if (end > 1) {
      this.#searchIn(window.subarray(0, end));
      this.#buffer.copyWithin(0, end - 1, this.#length);
      this.#length -= end - 1;
    }
    if (this.#length > maxStanzaBytes) {
      throw tooMuch(`${this.#what} has a stanza of more than ${String(maxStanzaBytes)} bytes`);
    }
  }

  end(): void {
    this.#searchIn(this.#buffer.subarray(0, this.#length));
    this.#length = 1;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.alloc(2 * length);
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  /** `window` holds whole stanzas only, behind a line end. */
  #searchIn(window: Buffer): void {
    let stanza: Stanza = { end: 0, bytes: new Uint8Array(), names: [] };
    for (let start = 0; start < window.length;) {
      const next = endOfLine(window, start + textBytes);
      const text = window.toString('latin1', start, next);
      packageField.lastIndex = 0;
      // `test`, since the array that `exec` makes for each hit would take most of the time.
      while (packageField.test(text)) {
        const at = packageField.lastIndex;
        if (this.#hashes[hashOfName(text, at)] === 0) continue;
        const end = text.indexOf('\n', at);
        const name = trim(end === -1 ? text.slice(at) : text.slice(at, end));
        if (!this.#names.has(name)) continue;
        const place = start + at;
        if (place > stanza.end) {
          lastLineEnd.lastIndex = at;
          // In the text, since each line that is looked for in bytes is a call; the stanza may go on behind it.
          const isInText = lastLineEnd.test(text);
          stanza = stanzaAround(
            window,
            place,
            isInText ? start + lastLineEnd.lastIndex : endOfStanza(window, place),
          );
        }
        // Not the slice of the text, which would keep all of it in memory.
        this.#keep(window.toString('latin1', place, place + name.length), stanza);
      }
      start = next;
    }
  }

  /** Once, also where the stanza has the name twice. */
  #keep(name: string, { names, bytes }: Stanza): void {
    if (names.includes(name)) return;
    names.push(name);
    if (names.length > maxNamesPerStanza) {
      throw tooMuch(`${this.#what} has a stanza of more than ${String(maxNamesPerStanza)} packages`);
    }
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    if (count > maxStanzasPerName) {
      throw tooMuch(`${this.#what} has more than ${String(maxStanzasPerName)} stanzas of ${name}`);
    }
    this.stanzas.push({ package: name, bytes });
  }
}

const hashes = 1 << 16;

/** Up to the first blank or line end, of which a name has none. */
function hashOfName(text: string, start: number): number {
  let hash = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) break;
    hash = (31 * hash + code) % hashes;
  }
  return hash;
}

function stanzaAround(window: Buffer, at: number, end: number): Stanza {
  return { end, bytes: new Uint8Array(window.subarray(startOfStanza(window, at), end)), names: [] };
}

/** Just behind the last blank line that ends at `from` or later; 0 where there is none. */
function endOfLastStanza(window: Buffer, from: number): number {
  const fast = window.lastIndexOf('\n\n');
  if (fast !== -1) return fast + 2;
  for (let lineEnd = window.lastIndexOf(LF); lineEnd >= from;) {
    const lineStart = startOfLine(window, lineEnd);
    if (isBlankLine(window, lineStart, lineEnd)) return lineEnd + 1;
    lineEnd = lineStart - 1;
  }
  return 0;
}

/** The start of the first line above which there is a blank one, or nothing. `at`: somewhere in its last line. */
function startOfStanza(window: Buffer, at: number): number {
  let start = startOfLine(window, at);
  while (start > 0) {
    const above = startOfLine(window, start - 1);
    if (isBlankLine(window, above, start - 1)) break;
    start = above;
  }
  return start;
}

/** Just behind the last line below which there is a blank one, or nothing. `at`: somewhere in its first line. */
function endOfStanza(window: Buffer, at: number): number {
  let end = endOfLine(window, at);
  while (end < window.length) {
    const next = endOfLine(window, end + 1);
    if (isBlankLine(window, end + 1, next)) break;
    end = next;
  }
  return Math.min(end + 1, window.length);
}

/** Of the line that ends at `end`. */
function startOfLine(window: Buffer, end: number): number {
  // Node takes a negative offset for one from the end.
  return end === 0 ? 0 : window.lastIndexOf(LF, end - 1) + 1;
}

function endOfLine(window: Buffer, from: number): number {
  const at = window.indexOf(LF, from);
  return at === -1 ? window.length : at;
}

/** Spaces, tabs and CRs count as empty. */
function isBlankLine(window: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = window[at] ?? LF;
    if (byte !== CR && !isBlankByte(byte)) return false;
  }
  return true;
}

function tooMuch(message: string): VerificationError {
  return new VerificationError('LIMIT_EXCEEDED', message);
}

/**
 * Finding stanzas in a Packages index without reading it whole: trixie's is 57 MB and 1.3 million lines.
 *
 * A name is searched for as bytes, and each hit looked at: is it the value of a Package field? So no
 * object is made for the 70,000 stanzas that nobody asked for, and the memory needed is one window.
 */
import { VerificationError } from '../model/errors.ts';

/** No stanza of a real index comes near; a window that finds no blank line in so much is an attack. */
const maxStanzaBytes = 4 << 20;
/** Of one name in one index. trixie has one each; a repository that keeps old versions has dozens. */
const maxStanzasPerName = 1000;

const LF = 0x0a;

export interface RawStanza {
  readonly package: string;
  readonly bytes: Uint8Array;
}

/**
 * Takes an index chunk by chunk, and keeps the stanzas whose Package field is one of `names`.
 *
 * The content is not trusted yet while it passes: use `stanzas` only once the digest of all of it was
 * checked. Throws VerificationError `LIMIT_EXCEEDED`.
 */
export class StanzaSearch {
  readonly stanzas: RawStanza[] = [];
  readonly #needles: readonly { readonly name: string; readonly bytes: Buffer }[];
  readonly #what: string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(names: Iterable<string>, what: string) {
    this.#needles = [...names].map((name) => ({ name, bytes: Buffer.from(name, 'latin1') }));
    this.#what = what;
  }

  /** The chunk may be used again afterwards: what straddles two of them is copied, the rest only looked at. */
  push(chunk: Uint8Array): void {
    const window = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = endOfLastStanza(window);
    if (end === 0) {
      this.#rest = Buffer.concat([this.#rest, window]);
    } else {
      const first = endOfFirstStanza(window, end);
      this.#searchIn(Buffer.concat([this.#rest, window.subarray(0, first)]));
      this.#searchIn(window.subarray(first, end));
      this.#rest = Buffer.from(window.subarray(end));
    }
    if (this.#rest.length > maxStanzaBytes) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `${this.#what} has a stanza of more than ${String(maxStanzaBytes)} bytes`,
      );
    }
  }

  end(): void {
    this.#searchIn(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  /** `window` holds whole stanzas only. */
  #searchIn(window: Buffer): void {
    for (const { name, bytes } of this.#needles) {
      for (let at = window.indexOf(bytes); at !== -1; at = window.indexOf(bytes, at + 1)) {
        const lineStart = window.lastIndexOf(LF, at) + 1;
        const prefix = window.toString('latin1', lineStart, at);
        if (!/^package[ \t]*:[ \t]*$/i.test(prefix)) continue;
        const lineEnd = endOfLine(window, at);
        if (!/^[ \t\r]*$/.test(window.toString('latin1', at + bytes.length, lineEnd))) continue;
        this.#keep(name, window.subarray(startOfStanza(window, lineStart), endOfStanza(window, lineEnd)));
      }
    }
  }

  #keep(name: string, bytes: Buffer): void {
    const count = this.stanzas.filter((stanza) => stanza.package === name).length;
    if (count === maxStanzasPerName) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `${this.#what} has more than ${String(maxStanzasPerName)} stanzas of ${name}`,
      );
    }
    this.stanzas.push({ package: name, bytes: new Uint8Array(bytes) });
  }
}

/** Just behind a blank line near the front; `end`, which is behind one, where none is easily found. */
function endOfFirstStanza(window: Buffer, end: number): number {
  const at = window.indexOf('\n\n');
  return at === -1 ? end : at + 2;
}

/** Just behind the last blank line; 0 where there is none. */
function endOfLastStanza(window: Buffer): number {
  const fast = window.lastIndexOf('\n\n');
  if (fast !== -1) return fast + 2;
  for (let lineEnd = window.lastIndexOf(LF); lineEnd > 0; lineEnd = window.lastIndexOf(LF, lineEnd - 1)) {
    const lineStart = window.lastIndexOf(LF, lineEnd - 1) + 1;
    if (isBlankLine(window, lineStart, lineEnd)) return lineEnd + 1;
  }
  return 0;
}

/** The first line above which there is a blank one, or nothing. */
function startOfStanza(window: Buffer, lineStart: number): number {
  let start = lineStart;
  while (start > 0) {
    const above = start < 2 ? 0 : window.lastIndexOf(LF, start - 2) + 1;
    if (isBlankLine(window, above, start - 1)) break;
    start = above;
  }
  return start;
}

/** Just behind the last line below which there is a blank one, or nothing. */
function endOfStanza(window: Buffer, lineEnd: number): number {
  let end = lineEnd;
  while (end < window.length) {
    const next = endOfLine(window, end + 1);
    if (isBlankLine(window, end + 1, next)) break;
    end = next;
  }
  return Math.min(end + 1, window.length);
}

function endOfLine(window: Buffer, from: number): number {
  const at = window.indexOf(LF, from);
  return at === -1 ? window.length : at;
}

function isBlankLine(window: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if (window[at] !== 0x20 && window[at] !== 0x09) return false;
  }
  return true;
}

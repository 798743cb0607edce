/**
 * The plain part of YAML 1.2 (core schema) that catalogues and pins are written in: block maps and lists, flow
 * collections on one line, scalars of one line or folded into one (`>-`), anchors and aliases, comments. It is read here
 * in less than a tenth of the time that a whole parser takes. Whatever is not plainly of it, well-formed or not, is left
 * to that parser, so that there is one judge of what YAML is: a test compares the two.
 */

/** Undefined for text that is not read here. */
export function readPlainYaml(text: string): unknown {
  try {
    return new PlainYaml(text).document();
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

/** Thrown in place of an error: it tells nobody anything. */
const notPlain = new Error('not plain YAML');

const maxDepth = 20;
const maxLineLength = 4096;
/** The whole parser has a limit of its own, and counts otherwise. */
const maxAliases = 50;
// Tabs, other line ends and a byte order mark have rules of their own.
const unusual = /[^\n -~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe]/;
const key = /([A-Za-z0-9_][A-Za-z0-9_.+/-]{0,199}):(?= |$)/y;
// A colon within a scalar has something behind it; a "#" would begin a comment, or would not.
const inBlock = /[A-Za-z0-9/^_](?:[^\s:#]|:(?![\s#]|$)| +(?![\s:#]|$))*/y;
const inFlow = /[A-Za-z0-9/^_](?:[^\s:#,[\]{}]|:(?![\s#,[\]{}]|$)| +(?![\s:#,[\]{}]|$))*/y;
const quoted = /'([^']*)'(?!')|"([^"\\]*)"/y;
const anchor = /&([A-Za-z0-9_-]+)(?= |$)/y;
const alias = /\*([A-Za-z0-9_-]+)(?=[ ,\]}]|$)/y;
const integer = /^(?:0|[1-9]\d{0,14})$/;
const otherThanText = /^(?:true|false|null|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\dA-Fa-f]+)$/i;

class PlainYaml {
  readonly #lines: readonly string[];
  #at = 0;
  /** The line that is read, from this column on; comments and blank lines are passed over. */
  #line = '';
  #column = 0;
  readonly #anchored = new Map<string, unknown>();
  #isAnchored = false;
  #aliases = 0;

  constructor(text: string) {
    if (unusual.test(text)) throw notPlain;
    this.#lines = text.split('\n');
  }

  document(): unknown {
    this.#seek();
    const value = this.#block(0, 0);
    if (this.#at < this.#lines.length) throw notPlain;
    return value;
  }

  /** To the next line with content, from the current one on. */
  #seek(): void {
    for (; this.#at < this.#lines.length; this.#at += 1) {
      this.#line = this.#lines[this.#at] ?? '';
      this.#column = this.#line.search(/[^ ]/);
      if (this.#line.length > maxLineLength) throw notPlain;
      if (this.#column !== -1 && this.#line[this.#column] !== '#') return;
    }
    this.#column = -1;
  }

  #nextLine(): void {
    this.#at += 1;
    this.#seek();
  }

  #isItem(): boolean {
    return this.#line.startsWith('- ', this.#column);
  }

  /** All lines that begin in this column, with what is below them. */
  #block(column: number, depth: number): unknown {
    if (depth > maxDepth || this.#column !== column) throw notPlain;
    return this.#isItem() ? this.#list(column, depth) : this.#map(column, depth);
  }

  #list(column: number, depth: number): unknown[] {
    const items: unknown[] = [];
    while (this.#column === column && this.#isItem()) {
      this.#column += 2;
      // Of a map its first key is on the line of the dash.
      const isMap = this.#match(key, false) !== undefined;
      items.push(isMap ? this.#map(this.#column, depth + 1) : this.#scalarOrFlow(depth));
    }
    if (this.#column > column) throw notPlain;
    return items;
  }

  #map(column: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    while (this.#column === column && !this.#isItem()) {
      const name = this.#newKey(map);
      map[name] = this.#anchorable(() => this.#inMap(column, depth));
    }
    if (this.#column > column) throw notPlain;
    return map;
  }

  #inMap(column: number, depth: number): unknown {
    if (this.#isAtEnd()) return this.#below(column, depth);
    return this.#line.endsWith('>-') && this.#line.length === this.#column + 2
      ? this.#folded(column)
      : this.#scalarOrFlow(depth);
  }

  /** An anchor has its name once, and no aliases below it: then no order of things matters. */
  #anchorable(read: () => unknown): unknown {
    this.#skipBlanks();
    const name = this.#match(anchor)?.[1];
    if (name === undefined) return read();
    if (this.#isAnchored || this.#anchored.has(name)) throw notPlain;
    this.#isAnchored = true;
    const value = read();
    this.#isAnchored = false;
    this.#anchored.set(name, value);
    return value;
  }

  #aliased(name: string): unknown {
    this.#aliases += 1;
    if (this.#isAnchored || this.#aliases > maxAliases || !this.#anchored.has(name)) throw notPlain;
    return this.#anchored.get(name);
  }

  /** The lines below that begin in one column, which is right of this one; none of them is blank. */
  #folded(column: number): string {
    const indentation = this.#indentation(this.#at + 1);
    const folded: string[] = [];
    for (this.#at += 1; this.#indentation(this.#at) === indentation; this.#at += 1) {
      folded.push((this.#lines[this.#at] ?? '').slice(indentation));
    }
    let next = this.#at;
    while (this.#lines[next] === '') next += 1;
    const isLast = next >= this.#lines.length;
    if (indentation <= column || (!isLast && !(this.#indentation(next) <= column))) throw notPlain;
    if (folded.some((line) => line.endsWith(' '))) throw notPlain;
    this.#seek();
    return folded.join(' ');
  }

  /** Of a line with content; NaN of any other. */
  #indentation(at: number): number {
    const column = (this.#lines[at] ?? '').search(/[^ ]/);
    return column === -1 ? NaN : column;
  }

  /** A list may begin below the first letter of its key. */
  #below(column: number, depth: number): unknown {
    this.#nextLine();
    const isDeeper = this.#column > column || (this.#column === column && this.#isItem());
    if (!isDeeper) throw notPlain;
    return this.#block(this.#column, depth + 1);
  }

  #scalarOrFlow(depth: number): unknown {
    const value = this.#value(inBlock, depth);
    if (!this.#isAtEnd()) throw notPlain;
    this.#nextLine();
    return value;
  }

  #newKey(map: object): string {
    const name = this.#match(key)?.[1];
    // The whole parser refuses both, and says where.
    if (name === undefined || name === '__proto__' || Object.hasOwn(map, name)) throw notPlain;
    return name;
  }

  #value(plain: RegExp, depth: number): unknown {
    if (depth > maxDepth) throw notPlain;
    if (this.#takes('[')) {
      const items: unknown[] = [];
      this.#flow(']', () => items.push(this.#value(inFlow, depth + 1)));
      return items;
    }
    if (this.#takes('{')) {
      const map: Record<string, unknown> = {};
      this.#flow('}', () => {
        const name = this.#newKey(map);
        this.#skipBlanks();
        map[name] = this.#value(inFlow, depth + 1);
      });
      return map;
    }
    const name = this.#match(alias)?.[1];
    if (name !== undefined) return this.#aliased(name);
    const text = this.#match(quoted);
    if (text !== undefined) return text[1] ?? text[2];
    return scalar(this.#match(plain)?.[0]);
  }

  #flow(end: ']' | '}', readOne: () => void): void {
    this.#skipBlanks();
    if (this.#takes(end)) return;
    for (;;) {
      this.#skipBlanks();
      readOne();
      this.#skipBlanks();
      if (this.#takes(end)) return;
      if (!this.#takes(',')) throw notPlain;
    }
  }

  /** Nothing is left of the line but blanks and a comment. */
  #isAtEnd(): boolean {
    const from = this.#column;
    this.#skipBlanks();
    const next = this.#line[this.#column];
    return next === undefined || (next === '#' && this.#column > from);
  }

  #skipBlanks(): void {
    while (this.#line[this.#column] === ' ') this.#column += 1;
  }

  #takes(character: string): boolean {
    if (this.#line[this.#column] !== character) return false;
    this.#column += 1;
    return true;
  }

  #match(pattern: RegExp, takes = true): RegExpExecArray | undefined {
    pattern.lastIndex = this.#column;
    const found = pattern.exec(this.#line) ?? undefined;
    if (found !== undefined && takes) this.#column = pattern.lastIndex;
    return found;
  }
}

function scalar(text: string | undefined): unknown {
  if (text === undefined) throw notPlain;
  if (integer.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  if (otherThanText.test(text)) throw notPlain;
  return text;
}

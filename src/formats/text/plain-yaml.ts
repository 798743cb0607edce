/**
 * The plain part of YAML 1.2 (core schema) that most of a large catalogue is written in: block maps and lists, flow
 * collections on one line, one-line scalars, comments. It is read here in less than a tenth of the time that a whole parser
 * takes. Whatever is not plainly of it, well-formed or not, is left to that parser, so that there is one judge of what
 * YAML is: a test compares the two.
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
// Tabs, other line ends and a byte order mark have rules of their own.
const unusual = /[^\n -~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe]/;
const key = /([A-Za-z0-9_][A-Za-z0-9_.+/-]{0,199}):(?= |$)/y;
// A colon within a scalar has something behind it; a "#" would begin a comment, or would not.
const inBlock = /[A-Za-z0-9/^_](?:[^\s:#]|:(?![\s#]|$)| +(?![\s:#]|$))*/y;
const inFlow = /[A-Za-z0-9/^_](?:[^\s:#,[\]{}]|:(?![\s#,[\]{}]|$)| +(?![\s:#,[\]{}]|$))*/y;
const quoted = /'([^']*)'(?!')|"([^"\\]*)"/y;
const integer = /^(?:0|[1-9]\d{0,14})$/;
const otherThanText = /^(?:true|false|null|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\dA-Fa-f]+)$/i;

class PlainYaml {
  readonly #lines: readonly string[];
  #at = 0;
  /** The line that is read, from this column on; comments and blank lines are passed over. */
  #line = '';
  #column = 0;

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
      map[name] = this.#isAtEnd() ? this.#below(column, depth) : this.#scalarOrFlow(depth);
    }
    if (this.#column > column) throw notPlain;
    return map;
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

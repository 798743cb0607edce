/**
 * JSON (RFC 8259) that has one reading only, for files that assay itself writes and for signed statements.
 *
 * `JSON.parse` keeps the last of two equal keys where another program takes the first, and rounds numbers
 * silently. Here a repeated key, the key `__proto__`, a number that would not be written back the same, a lone
 * surrogate, bytes that are not UTF-8 and a byte order mark are refused, with their line.
 */
import { show, type Position } from './problems.ts';
import { readUtf8 } from './utf8.ts';

/** Makes the caller's own error; lines and columns count from 1. */
export type JsonFailure = (message: string, line: number, column: number) => Error;

const maxDepth = 64;
const whiteSpace = /[ \t\r\n]*/y;
const stringToken = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordToken = /true|false|null/y;

export interface JsonOptions {
  /**
   * `rounded`: a number may lose digits, as in JavaScript. For other people's documents, where the numbers that
   * matter are checked by their schema, and others (1.0, 1e9) are not ours to judge.
   */
  readonly numbers?: 'exact' | 'rounded';
}

/** Decodes and parses untrusted bytes. Throws what `failure` makes. */
export function parseStrictJson(
  bytes: Uint8Array,
  failure: JsonFailure,
  { numbers = 'exact' }: JsonOptions = {},
): unknown {
  const text = readUtf8(bytes);
  if (text === undefined) throw failure('is not UTF-8', 1, 1);
  return new Reader(text, failure, numbers === 'exact').document();
}

/** Of text that was parsed already: by the path of a field, where its key is, or the nearest one that is there. */
export function placesInJson(bytes: Uint8Array): (path: readonly PropertyKey[]) => Position {
  const text = readUtf8(bytes) ?? '';
  const offsets: Offsets = new WeakMap();
  const document = new Reader(text, (message) => new TypeError(message), false, offsets).document();
  return (path) => {
    let [value, offset]: [unknown, number] = [document, 0];
    for (const step of path) {
      const found = typeof value === 'object' && value !== null ? offsets.get(value)?.get(step) : undefined;
      if (found === undefined) break;
      [value, offset] = [(value as Record<PropertyKey, unknown>)[step], found];
    }
    return positionIn(text, offset);
  };
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** Where the members of an object or array begin. */
type Offsets = WeakMap<object, Map<PropertyKey, number>>;

class Reader {
  readonly #text: string;
  readonly #failure: JsonFailure;
  readonly #exactNumbers: boolean;
  /** Filled where somebody asks for places. */
  readonly #offsets: Offsets | undefined;
  #offset = 0;

  constructor(text: string, failure: JsonFailure, exactNumbers: boolean, offsets?: Offsets) {
    this.#text = text;
    this.#failure = failure;
    this.#exactNumbers = exactNumbers;
    this.#offsets = offsets;
  }

  document(): unknown {
    const value = this.#value(0);
    if (this.#peek() !== undefined) throw this.#fail('expected the end of the file');
    return value;
  }

  #value(depth: number): unknown {
    if (depth > maxDepth) throw this.#fail(`is nested deeper than ${maxDepth} levels`);
    const first = this.#peek();
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    const start = this.#offset;
    const word = this.#take(wordToken);
    if (word !== undefined) return word === 'null' ? null : word === 'true';
    const number = this.#take(numberToken);
    if (number === undefined) throw this.#fail('expected a value');
    if (this.#exactNumbers && String(Number(number)) !== number) {
      throw this.#fail(`the number ${number.slice(0, 40)} would not be written back the same`, start);
    }
    return Number(number);
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#offset++;
    if (this.#skip('}')) return object;
    do {
      if (this.#peek() !== '"') throw this.#fail('expected a key in double quotes');
      const start = this.#offset;
      const key = this.#string();
      if (key === '__proto__') throw this.#fail('the key "__proto__" is not accepted', start);
      if (Object.hasOwn(object, key)) throw this.#fail(`the key ${show(key)} is repeated`, start);
      if (!this.#skip(':')) throw this.#fail('expected ":"');
      this.#note(object, key, start);
      object[key] = this.#value(depth + 1);
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#fail('expected "," or "}"');
    return object;
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#offset++;
    if (this.#skip(']')) return array;
    do {
      this.#peek();
      this.#note(array, array.length, this.#offset);
      array.push(this.#value(depth + 1));
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#fail('expected "," or "]"');
    return array;
  }

  #note(container: object, key: PropertyKey, offset: number): void {
    if (this.#offsets === undefined) return;
    const known = this.#offsets.get(container) ?? new Map<PropertyKey, number>();
    this.#offsets.set(container, known.set(key, offset));
  }

  #string(): string {
    const start = this.#offset;
    const token = this.#take(stringToken);
    if (token === undefined) throw this.#fail('expected a string that is closed and escaped as JSON says');
    const value = JSON.parse(token) as string;
    if (!value.isWellFormed()) throw this.#fail('a string holds half of a surrogate pair', start);
    return value;
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#offset;
    const match = token.exec(this.#text);
    if (match === null) return undefined;
    this.#offset = token.lastIndex;
    return match[0];
  }

  /** The next character that is not white space. */
  #peek(): string | undefined {
    this.#take(whiteSpace);
    return this.#text[this.#offset];
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#offset++;
    return true;
  }

  #fail(message: string, offset = this.#offset): Error {
    const { line, column } = positionIn(this.#text, offset);
    return this.#failure(message, line, column);
  }
}

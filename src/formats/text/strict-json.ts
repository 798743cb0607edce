/**
 * JSON (RFC 8259) that has one reading only, for files that assay itself writes and for signed statements.
 *
 * `JSON.parse` keeps the last of two equal keys where another program takes the first, and rounds numbers
 * silently. Here a repeated key, the key `__proto__`, a number that would not be written back the same, a lone
 * surrogate, bytes that are not UTF-8 and a byte order mark are refused, with their line.
 */
import { show } from './problems.ts';
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

/** From 1; of the key, or where a field is missing, of the nearest one around it. For text that was parsed already. */
export function placeInJson(
  bytes: Uint8Array,
  path: readonly PropertyKey[],
): { readonly line: number; readonly column: number } {
  const reader = new Reader(readUtf8(bytes) ?? '', (message) => new TypeError(message), false, path);
  reader.document();
  return reader.place();
}

class Reader {
  readonly #text: string;
  readonly #failure: JsonFailure;
  readonly #exactNumbers: boolean;
  /** What is looked for, and where the nearest of it is. */
  readonly #wanted: readonly PropertyKey[];
  #found = 0;
  #offset = 0;

  constructor(
    text: string,
    failure: JsonFailure,
    exactNumbers: boolean,
    wanted: readonly PropertyKey[] = [],
  ) {
    this.#text = text;
    this.#failure = failure;
    this.#exactNumbers = exactNumbers;
    this.#wanted = wanted;
  }

  document(): unknown {
    const value = this.#value(0, this.#wanted.length > 0);
    if (this.#peek() !== undefined) throw this.#fail('expected the end of the file');
    return value;
  }

  place(): { readonly line: number; readonly column: number } {
    return this.#positionOf(this.#found);
  }

  /** `isOnPath`: what is around the value is around what is looked for. */
  #value(depth: number, isOnPath: boolean): unknown {
    if (depth > maxDepth) throw this.#fail(`is nested deeper than ${maxDepth} levels`);
    const first = this.#peek();
    if (first === '{') return this.#object(depth, isOnPath);
    if (first === '[') return this.#array(depth, isOnPath);
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

  #object(depth: number, isOnPath: boolean): Record<string, unknown> {
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
      object[key] = this.#value(depth + 1, isOnPath && this.#isWanted(depth, key, start));
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#fail('expected "," or "}"');
    return object;
  }

  #array(depth: number, isOnPath: boolean): unknown[] {
    const array: unknown[] = [];
    this.#offset++;
    if (this.#skip(']')) return array;
    do {
      this.#peek();
      array.push(this.#value(depth + 1, isOnPath && this.#isWanted(depth, array.length, this.#offset)));
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#fail('expected "," or "]"');
    return array;
  }

  #isWanted(depth: number, key: PropertyKey, offset: number): boolean {
    if (depth >= this.#wanted.length || this.#wanted[depth] !== key) return false;
    this.#found = offset;
    return true;
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
    const { line, column } = this.#positionOf(offset);
    return this.#failure(message, line, column);
  }

  #positionOf(offset: number): { readonly line: number; readonly column: number } {
    const before = this.#text.slice(0, offset);
    return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
  }
}

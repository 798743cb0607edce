/**
 * The conditions by which aqua's registry chooses a rule for a version (`version_constraint`): comparisons of the version,
 * in the words of the expression language that aqua uses, and loose versions as Go's go-version orders them. What is not
 * understood does not hold, as with aqua.
 */

/** Segments of numbers, and what is behind a hyphen. */
interface LooseVersion {
  readonly segments: readonly bigint[];
  readonly pre: readonly string[];
}

const loose = /^v?(\d+(?:\.\d+)*)(?:-?([A-Za-z0-9~-]+(?:\.[A-Za-z0-9~-]+)*))?(?:\+[0-9A-Za-z~.-]+)?$/;

function parseLoose(text: string): LooseVersion | undefined {
  const [, numbers, pre] = loose.exec(text) ?? [];
  if (numbers === undefined) return undefined;
  return { segments: numbers.split('.').map(BigInt), pre: pre?.split('.') ?? [] };
}

function compareLoose(one: LooseVersion, other: LooseVersion): number {
  const count = Math.max(one.segments.length, other.segments.length);
  for (let index = 0; index < count; index += 1) {
    const [a, b] = [one.segments[index] ?? 0n, other.segments[index] ?? 0n];
    if (a !== b) return a < b ? -1 : 1;
  }
  if (one.pre.length === 0 || other.pre.length === 0) return other.pre.length - one.pre.length;
  for (let index = 0; index < Math.max(one.pre.length, other.pre.length); index += 1) {
    const order = comparePart(one.pre[index], other.pre[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers before words, fewer parts before more. */
function comparePart(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return -1;
  if (other === undefined) return 1;
  const [a, b] = [one, other].map((part) => (/^\d+$/.test(part) ? Number(part) : undefined));
  if (a !== undefined && b !== undefined) return Math.sign(a - b);
  if (a !== undefined) return -1;
  if (b !== undefined) return 1;
  return one < other ? -1 : 1;
}

const comparisons: readonly (readonly [string, (order: number) => boolean])[] = [
  ['>=', (order) => order >= 0],
  ['<=', (order) => order <= 0],
  ['!=', (order) => order !== 0],
  ['>', (order) => order > 0],
  ['<', (order) => order < 0],
  ['=', (order) => order === 0],
];

/** `>= 1.2, < 2`: all of them. */
function satisfies(range: string, version: string): boolean {
  const found = parseLoose(version);
  if (found === undefined) return false;
  return range.split(',').every((part) => {
    const text = part.trim();
    const [operator, holds] = comparisons.find(([sign]) => text.startsWith(sign)) ?? [];
    const bound = operator === undefined ? undefined : parseLoose(text.slice(operator.length).trim());
    return bound !== undefined && holds?.(compareLoose(found, bound)) === true;
  });
}

type Value = string | boolean | readonly string[];

const tokens = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_]\w*)|(\|\||&&|==|!=|[![\](),]))/y;

type Token = { readonly text: string } | { readonly word: string } | { readonly sign: string };

function tokenize(source: string): readonly Token[] | undefined {
  const found: Token[] = [];
  for (let at = 0; at < source.trimEnd().length;) {
    tokens.lastIndex = at;
    const match = tokens.exec(source);
    if (match === null) return undefined;
    const [whole, double, single, word, sign] = match;
    const text = double ?? single;
    if (text !== undefined) found.push({ text: text.replaceAll(/\\(.)/g, '$1') });
    else if (word !== undefined) found.push({ word });
    else if (sign !== undefined) found.push({ sign });
    at += whole.length;
  }
  return found;
}

/** Parentheses are read within each other. */
const maxTokens = 500;

/** `semver`: the version without what stands before it. What cannot be read does not hold. */
export function constraintHolds(source: string, version: string, semver: string): boolean {
  const read = tokenize(source);
  if (read === undefined || read.length > maxTokens) return false;
  try {
    return new Reader(read, { Version: version, SemVer: semver }).whole() === true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Precedence as of the language: `or`, `and`, `not`, comparisons. */
class Reader {
  readonly #tokens: readonly Token[];
  readonly #names: Readonly<Record<string, string>>;
  #at = 0;

  constructor(read: readonly Token[], names: Readonly<Record<string, string>>) {
    this.#tokens = read;
    this.#names = names;
  }

  whole(): Value {
    const value = this.#or();
    if (this.#at < this.#tokens.length) throw new SyntaxError('more than one expression');
    return value;
  }

  #or(): Value {
    let value = this.#and();
    while (this.#take('or', '||')) {
      const other = this.#and();
      value = value === true || other === true;
    }
    return value;
  }

  #and(): Value {
    let value = this.#not();
    while (this.#take('and', '&&')) {
      const other = this.#not();
      value = value === true && other === true;
    }
    return value;
  }

  #not(): Value {
    if (this.#take('not', '!')) return this.#not() !== true;
    const left = this.#operand();
    if (this.#take('==')) return left === this.#operand();
    if (this.#take('!=')) return left !== this.#operand();
    if (this.#take('not')) {
      this.#expect('in');
      return !listOf(this.#operand()).includes(textOf(left));
    }
    if (this.#take('in')) return listOf(this.#operand()).includes(textOf(left));
    if (this.#take('startsWith')) return textOf(left).startsWith(textOf(this.#operand()));
    if (this.#take('endsWith')) return textOf(left).endsWith(textOf(this.#operand()));
    if (this.#take('contains')) return textOf(left).includes(textOf(this.#operand()));
    return left;
  }

  #operand(): Value {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token === undefined) throw new SyntaxError('it ends too early');
    if ('text' in token) return token.text;
    if ('sign' in token) {
      if (token.sign === '(') {
        const value = this.#or();
        this.#expect(')');
        return value;
      }
      if (token.sign === '[') return this.#list(']').map(textOf);
      throw new SyntaxError(`unexpected ${token.sign}`);
    }
    if (token.word === 'true' || token.word === 'false') return token.word === 'true';
    if (this.#take('(')) return call(token.word, this.#list(')').map(textOf), this.#names);
    const known = Object.hasOwn(this.#names, token.word) ? this.#names[token.word] : undefined;
    if (known === undefined) throw new SyntaxError(`unknown ${token.word}`);
    return known;
  }

  #list(end: string): readonly Value[] {
    const values: Value[] = [];
    while (!this.#take(end)) {
      values.push(this.#or());
      if (this.#take(end)) break;
      this.#expect(',');
    }
    return values;
  }

  #take(...wanted: readonly string[]): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || 'text' in token) return false;
    const is = wanted.includes('word' in token ? token.word : token.sign);
    if (is) this.#at += 1;
    return is;
  }

  #expect(wanted: string): void {
    if (!this.#take(wanted)) throw new SyntaxError(`expected ${wanted}`);
  }
}

function call(name: string, args: readonly string[], names: Readonly<Record<string, string>>): Value {
  const [first = '', second = ''] = args;
  switch (name) {
    case 'semver':
      return satisfies(first, names['SemVer'] ?? '');
    case 'semverWithVersion':
      return satisfies(first, second);
    case 'trimPrefix':
      return first.startsWith(second) ? first.slice(second.length) : first;
    default:
      throw new SyntaxError(`unknown ${name}`);
  }
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  throw new SyntaxError('expected a text');
}

function listOf(value: Value): readonly string[] {
  if (typeof value === 'object') return value;
  throw new SyntaxError('expected a list');
}

/**
 * Names in aqua's registry: templates of Go (`text/template`, with sprig's functions) of version, operating system and
 * architecture. They are carried over as far as they say where the version stands: a name that takes the version apart
 * is the name of one version.
 */

/** Stands for the version in values: of the private use area, so that no name has it. */
export const versionMark = '\uE000';

export type Fields = Readonly<Record<string, string>>;

export type Filled =
  /** With marks, where the values had some. */
  | { readonly text: string }
  /** What is not understood. */
  | { readonly unknown: string };

/** What takes apart a text that has the mark in it is undefined. */
type Pipe = (value: string, ...args: readonly string[]) => string | undefined;

const functions: Readonly<Record<string, Pipe>> = {
  trimV: (value) => value.replace(/^v/, ''),
  trimPrefix: (value, prefix = '') => (value.startsWith(prefix) ? value.slice(prefix.length) : value),
  trimSuffix: (value, suffix = '') =>
    value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value,
  replace: (value, from = '', to = '') => whole(value)?.replaceAll(from, to),
  title: (value) => whole(value)?.replace(/^[a-z]/, (first) => first.toUpperCase()),
  upper: (value) => whole(value)?.toUpperCase(),
  lower: (value) => whole(value)?.toLowerCase(),
  regexFind(value, pattern = '') {
    const text = whole(value);
    return text === undefined ? undefined : plainPattern(pattern)?.exec(text)?.[0];
  },
};

function whole(value: string): string | undefined {
  return value.includes(versionMark) ? undefined : value;
}

/** Of a stranger's pattern: no repetition of a repetition, and two at most, so that it comes to an end. */
function plainPattern(pattern: string): RegExp | undefined {
  if (pattern.length >= 40 || /[()\\{]|(?:[*+?].*){3}/s.test(pattern)) return undefined;
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

const action = /\{\{(.*?)\}\}/gs;

/** Actions of one pipeline, which most are: no conditions, and no variables. */
export function fillGoTemplate(source: string, fields: Fields): Filled {
  let unknown: string | undefined;
  const text = source.replaceAll(action, (all, inner: string) => {
    const value = pipeline(inner.replace(/^-/, '').replace(/-$/, '').trim(), fields);
    unknown ??= value === undefined ? all : undefined;
    return value ?? '';
  });
  return unknown === undefined ? { text } : { unknown };
}

/** Steps that replace nothing by something multiply what they are given. */
const maxLength = 4000;

const word = /"(?:[^"\\]|\\.)*"|[^\s|()]+|[()|]/g;

function pipeline(source: string, fields: Fields): string | undefined {
  if (source.includes('(')) {
    // `f (g x)` is `g x | f`, for one pair of parentheses at the end.
    const [, outer = '', inner = ''] = /^([^()|]+)\(([^()]+)\)$/.exec(source) ?? [];
    return inner === '' ? undefined : pipeline(`${inner} | ${outer}`, fields);
  }
  let value: string | undefined;
  for (const [index, step] of source.split('|').entries()) {
    const [head = '', ...rest] = step.match(word) ?? [];
    const args = rest.map((one) => operand(one, fields));
    if (args.includes(undefined)) return undefined;
    const given = args as string[];
    if (index === 0 && given.length === 0) {
      value = operand(head, fields);
    } else {
      const apply = Object.hasOwn(functions, head) ? functions[head] : undefined;
      // What is worked on comes last, as in sprig.
      const subject = index === 0 ? given.pop() : value;
      value = subject === undefined ? undefined : apply?.(subject, ...given);
    }
    if (value === undefined || value.length > maxLength) return undefined;
  }
  return value;
}

function operand(text: string, fields: Fields): string | undefined {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  const name = /^\.(\w+)$/.exec(text)?.[1];
  return name !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

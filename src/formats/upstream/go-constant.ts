/**
 * Reads one string constant out of Go source text (The Go Programming Language Specification, "Lexical elements" and
 * "Constant declarations"), for cross-checks against what a project compiles in.
 *
 * A scanner of tokens, no parser: comments, strings, raw strings and runes are passed over as what they are, so that
 * a definition inside of them counts for nothing. What it is not sure about, it refuses.
 */
import { malformed, requireSize } from './evidence-json.ts';

interface Token {
  readonly kind: 'word' | 'string' | 'mark' | 'newline';
  readonly text: string;
}

const patterns: readonly (readonly [Token['kind'] | 'nothing', RegExp])[] = [
  ['newline', /\n/y],
  ['nothing', /[ \t\r]+/y],
  // Up to the end of its line, which is a token of its own.
  ['nothing', /\/\/[^\n]*/y],
  ['nothing', /\/\*[^]*?\*\//y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"/y],
  ['string', /`[^`]*`/y],
  ['mark', /'(?:[^'\\\n]|\\[^\n])+'/y],
  ['word', /[\p{L}\p{Nd}_]+/uy],
  ['mark', /[!-/:-@[-^{-~]/y],
];

const maxSourceBytes = 1 << 20;

/**
 * The value of the constant `name`, which must be defined exactly once, as a plain string: `name = "value"`.
 * Untrusted bytes; `what` is for messages. Throws VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`.
 */
export function readGoConstant(bytes: Uint8Array, name: string, what: string): string {
  const source = decode(bytes, what);
  const tokens = tokenize(source, what);
  const values = definitionsOf(tokens, name);
  const [value, ...others] = values;
  if (value === undefined) throw malformed(what, `it does not define the constant ${name}`);
  if (others.length > 0) throw malformed(what, `it defines ${name} ${values.length} times`);
  const text = unquote(value);
  if (text === undefined) throw malformed(what, `${name} is not one plain string`);
  return text;
}

function decode(bytes: Uint8Array, what: string): string {
  requireSize(bytes, maxSourceBytes, what);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed(what, 'it is not UTF-8');
  }
}

function tokenize(source: string, what: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < source.length;) {
    const [kind, text] = tokenAt(source, at) ?? [];
    if (kind === undefined || text === undefined) {
      const line = source.slice(0, at).split('\n').length;
      throw malformed(what, `it is not Go source (line ${line})`);
    }
    at += text.length;
    if (kind !== 'nothing') tokens.push({ kind, text });
    // A comment over several lines ends the statement before it, as a newline does.
    else if (text.startsWith('/*') && text.includes('\n')) tokens.push({ kind: 'newline', text: '\n' });
  }
  return tokens;
}

function tokenAt(source: string, at: number): readonly [Token['kind'] | 'nothing', string] | undefined {
  // An open comment or raw string would otherwise be read as marks, and what follows as code.
  if (source.startsWith('/*', at) && !source.includes('*/', at + 2)) return undefined;
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined && text !== '"' && text !== '`' && text !== "'") return [kind, text];
  }
  return undefined;
}

/** The token that each definition gives; a mark where it is no single string. */
function definitionsOf(tokens: readonly Token[], name: string): readonly Token[] {
  const found: Token[] = [];
  let depth = 0;
  let state: 'elsewhere' | 'const' | 'group' = 'elsewhere';
  let isStart = true;
  tokens.forEach((token, index) => {
    const { kind, text } = token;
    if (state === 'elsewhere' && depth === 0 && isStart && kind === 'word' && text === 'const') {
      state = 'const';
    } else if (state === 'const' && text === '(' && tokens[index - 1]?.text === 'const') {
      state = 'group';
      isStart = true;
      return;
    } else if (state === 'group' && depth === 0 && text === ')') {
      state = 'elsewhere';
    } else if (kind === 'word' && text === name && depth === 0) {
      // One of several on a line (`a, b = …`) is not of this form, and so is never found.
      const isFirst = state === 'group' ? isStart : state === 'const' && tokens[index - 1]?.text === 'const';
      if (isFirst) found.push(valueOf(token, index, tokens));
    } else if (kind === 'mark' && '({['.includes(text)) depth += 1;
    else if (kind === 'mark' && ')}]'.includes(text)) depth -= 1;
    const isEnd = kind === 'newline' || text === ';';
    if (isEnd && state === 'const' && depth === 0) state = 'elsewhere';
    isStart = isEnd;
  });
  return found;
}

/** `name = "…"` or `name string = "…"`, then the end of the statement. */
function valueOf(name: Token, at: number, tokens: readonly Token[]): Token {
  const after = tokens[at + 1]?.text === 'string' ? at + 2 : at + 1;
  const [equals, value, end] = tokens.slice(after, after + 3);
  const isEnd = end === undefined || end.kind === 'newline' || end.text === ';' || end.text === ')';
  return equals?.text === '=' && value?.kind === 'string' && isEnd ? value : name;
}

/** Undefined for what is no string, or has an escape in it: a value that is compared has none. */
function unquote({ kind, text }: Token): string | undefined {
  return kind === 'string' && !text.includes('\\') ? text.slice(1, -1).replaceAll('\r', '') : undefined;
}

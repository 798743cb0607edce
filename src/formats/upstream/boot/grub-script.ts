/**
 * GRUB's shell-like language as far as configuration files use it (GRUB manual, "Writing full configuration files
 * directly"): words and quotes, variables, `if`, functions, and the blocks of menu entries. Text becomes a tree; nothing
 * is run here. It comes out of an image, and is a stranger's.
 */
import { VerificationError } from '../../../model/errors.ts';

/** A piece of a word: text as it is, or a variable. What is not quoted is split into words where it has blanks. */
export type WordPart = { readonly text: string } | { readonly variable: string; readonly isQuoted: boolean };
export type Word = readonly WordPart[];

export type GrubCommand =
  | { readonly kind: 'simple'; readonly words: readonly Word[]; readonly block?: readonly GrubCommand[] }
  | {
      readonly kind: 'if';
      readonly branches: readonly {
        readonly when: readonly GrubCommand[];
        readonly then: readonly GrubCommand[];
      }[];
      readonly otherwise: readonly GrubCommand[];
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: readonly GrubCommand[] };

/** Of blocks in each other. */
const maxDepth = 50;

/** Throws VerificationError `EVIDENCE_MALFORMED`: what GRUB would not run either, and loops, which no menu needs. */
export function parseGrubScript(text: string, file: string): readonly GrubCommand[] {
  const parser = new Parser(tokensOf(text, file), file);
  const commands = parser.commands([], 0);
  parser.expectEnd();
  return commands;
}

function malformedGrub(file: string, line: number, what: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${file}, line ${String(line)}: ${what}`, {
    context: { file, line },
  });
}

type Token =
  | { readonly kind: 'end'; readonly line: number }
  | { readonly kind: 'word'; readonly word: Word; readonly plain: string | undefined; readonly line: number };

const variable = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?@*#])\}|([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?@*#]))/y;
const plainText = /[^\s;#'"\\$&|<>]+/y;

function tokensOf(text: string, file: string): readonly Token[] {
  const tokens: Token[] = [];
  let [at, line] = [0, 1];
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const next = text[at] ?? '';
    if (next === '\n' || next === ';') {
      tokens.push({ kind: 'end', line });
      if (next === '\n') line += 1;
      at += 1;
    } else if (/\s/.test(next)) at += 1;
    else if (next === '#') at = endOfLine(text, at);
    else if (text.startsWith('\\\n', at)) [at, line] = [at + 2, line + 1];
    else readWord();
  }
  return tokens;

  function readWord(): void {
    const begun = line;
    const parts: WordPart[] = [];
    const start = at;
    for (;;) {
      const next = text[at];
      // A comment begins where a word would.
      if (next === undefined || /[\s;]/.test(next)) break;
      if (/[&|<>]/.test(next)) throw malformedGrub(file, line, `cannot read ${JSON.stringify(next)}`);
      if (next === "'") parts.push({ text: quoted() });
      else if (next === '"') parts.push(...doubleQuoted());
      else if (next === '\\') {
        if (text[at + 1] === '\n') line += 1;
        else parts.push({ text: text[at + 1] ?? '' });
        at += 2;
      } else if (next === '$') parts.push(dollar(false));
      else if (next === '#') parts.push({ text: text[at++] ?? '' });
      else {
        const found = match(plainText)?.[0] ?? '';
        at += found.length;
        parts.push({ text: found });
      }
    }
    const raw = text.slice(start, at);
    const plain = /^[^'"\\$]+$/.test(raw) ? raw : undefined;
    tokens.push({ kind: 'word', word: parts, plain, line: begun });
  }

  function quoted(): string {
    const end = text.indexOf("'", at + 1);
    if (end === -1) throw malformedGrub(file, line, 'a quotation does not end');
    const content = text.slice(at + 1, end);
    line += content.split('\n').length - 1;
    at = end + 1;
    return content;
  }

  function doubleQuoted(): WordPart[] {
    const parts: WordPart[] = [{ text: '' }];
    for (at += 1; text[at] !== '"';) {
      const next = text[at];
      if (next === undefined) throw malformedGrub(file, line, 'a quotation does not end');
      if (next === '$') {
        parts.push(dollar(true));
        continue;
      }
      if (next === '\n') line += 1;
      const isEscape = next === '\\' && /["\\$]/.test(text[at + 1] ?? '');
      parts.push({ text: isEscape ? (text[at + 1] ?? '') : next });
      at += isEscape ? 2 : 1;
    }
    at += 1;
    return parts;
  }

  function dollar(isQuoted: boolean): WordPart {
    const found = match(variable);
    const name = found?.[1] ?? found?.[2];
    at += found?.[0].length ?? 1;
    return name === undefined ? { text: '$' } : { variable: name, isQuoted };
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

const loops = new Set(['while', 'until', 'for']);
const reserved = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}']);

class Parser {
  readonly #tokens: readonly Token[];
  readonly #file: string;
  #at = 0;

  constructor(tokens: readonly Token[], file: string) {
    this.#tokens = tokens;
    this.#file = file;
  }

  /** Up to one of `ends`, which is left to be read. */
  commands(ends: readonly string[], depth: number): GrubCommand[] {
    if (depth > maxDepth) throw this.#refusal('too many blocks in each other');
    const commands: GrubCommand[] = [];
    for (;;) {
      while (this.#tokens[this.#at]?.kind === 'end') this.#at += 1;
      const word = this.#plain();
      if (this.#tokens[this.#at] === undefined || (word !== undefined && ends.includes(word)))
        return commands;
      commands.push(this.#command(word, depth));
    }
  }

  expectEnd(): void {
    if (this.#tokens[this.#at] !== undefined) throw this.#refusal('expected the end of the file');
  }

  #command(first: string | undefined, depth: number): GrubCommand {
    if (first === 'if') return this.#condition(depth);
    if (first === 'function') {
      this.#at += 1;
      const name = this.#plain() ?? '';
      this.#at += 1;
      return { kind: 'function', name, body: this.#block(depth) };
    }
    if (first !== undefined && loops.has(first)) throw this.#refusal(`cannot read a loop (${first})`);
    if (first !== undefined && reserved.has(first)) throw this.#refusal(`unexpected ${first}`);
    const words: Word[] = [];
    for (let token = this.#tokens[this.#at]; token?.kind === 'word'; token = this.#tokens[this.#at]) {
      if (token.plain === '{') return { kind: 'simple', words, block: this.#block(depth) };
      // `menuentry … { … }` may stand within one line.
      if (token.plain === '}') break;
      words.push(token.word);
      this.#at += 1;
    }
    return { kind: 'simple', words };
  }

  #condition(depth: number): GrubCommand {
    const branches: { when: GrubCommand[]; then: GrubCommand[] }[] = [];
    let otherwise: GrubCommand[] = [];
    do {
      this.#at += 1;
      const when = this.commands(['then'], depth + 1);
      this.#expect('then');
      branches.push({ when, then: this.commands(['elif', 'else', 'fi'], depth + 1) });
    } while (this.#plain() === 'elif');
    if (this.#plain() === 'else') {
      this.#at += 1;
      otherwise = this.commands(['fi'], depth + 1);
    }
    this.#expect('fi');
    return { kind: 'if', branches, otherwise };
  }

  #block(depth: number): GrubCommand[] {
    this.#expect('{');
    const commands = this.commands(['}'], depth + 1);
    this.#expect('}');
    return commands;
  }

  #plain(): string | undefined {
    const token = this.#tokens[this.#at];
    return token?.kind === 'word' ? token.plain : undefined;
  }

  #expect(word: string): void {
    while (this.#tokens[this.#at]?.kind === 'end') this.#at += 1;
    if (this.#plain() !== word) throw this.#refusal(`expected ${word}`);
    this.#at += 1;
  }

  #refusal(what: string): VerificationError {
    const line = (this.#tokens[this.#at] ?? this.#tokens.at(-1))?.line ?? 1;
    return malformedGrub(this.#file, line, what);
  }
}

/**
 * Every reader of `src/`, found by what it exports: a function whose first parameter is bytes, or text and its name says
 * that it reads. One that needs nothing besides but names is a target as it stands; the others have their line in
 * `parsers.ts`, or their reason not to.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { notReaders, readers } from './parsers.ts';
import { acceptedSeeds } from './samples.ts';
import type { Input, Target } from './target.ts';

const root = join(import.meta.dirname, '../..');
/** `io` reads files and answers: of these, what they hold is read elsewhere, but for headers and archives. */
const sources = [
  ...['model', 'formats', 'verify', 'sources', 'render', 'io/http'].map((layer) => `src/${layer}/**/*.ts`),
  'src/io/tar-reading.ts',
];
const readsText = /^(?:parse|read|decode|split|frame|find|compare)(?=[A-Z])/;
/** Of what others took apart. */
const readsOther = /^(?:parse|read|decode|frame)(?=[A-Z])/;

interface Found {
  /** `formats/upstream/deb822 parseStanza` */
  readonly name: string;
  readonly file: string;
  readonly exported: string;
  readonly takes: 'bytes' | 'text' | 'other';
  /** Names for messages, and no more, are what it needs besides. */
  readonly isAlone: boolean;
  readonly parameters: number;
}

export function exportedReaders(): readonly Found[] {
  return globSync(sources, { cwd: root }).sort().flatMap(readersIn);
}

function readersIn(file: string): readonly Found[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  return source.statements.flatMap((statement): readonly Found[] => {
    const isExported = (node: ts.HasModifiers) =>
      node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!ts.isFunctionDeclaration(statement) || !isExported(statement)) return [];
    const exported = statement.name?.text ?? '';
    const [first, ...others] = statement.parameters;
    const type = first?.type?.getText() ?? '';
    const takes = /^(?:Uint8Array|Buffer)\b/.test(type) ? 'bytes' : type === 'string' ? 'text' : 'other';
    const isCore = /^src\/(?:formats|verify)\//.test(file);
    const isReader =
      takes === 'bytes' ||
      (takes === 'text' && readsText.test(exported)) ||
      (takes === 'other' && isCore && readsOther.test(exported));
    if (!isReader) return [];
    const required = others.filter((one) => !one.questionToken && !one.initializer && !one.dotDotDotToken);
    const isAlone =
      takes !== 'other' &&
      required.every((one) => one.type?.getText() === 'string') &&
      (statement.typeParameters === undefined || statement.typeParameters.length === 0);
    const name = `${file.replace(/^src\/|\.ts$/g, '')} ${exported}`;
    return [{ name, file, exported, takes, isAlone, parameters: required.length }];
  });
}

/** Neither a target as they stand, nor in a line of `parsers.ts`. */
export function readersWithoutTarget(found = exportedReaders()): readonly string[] {
  const known = new Set([...readers.flatMap(({ asks }) => asks), ...Object.keys(notReaders)]);
  return found.filter(({ name, isAlone }) => !isAlone && !known.has(name)).map(({ name }) => name);
}

type Read = (first: Uint8Array | string, ...names: readonly string[]) => unknown;

export async function readerTargets(): Promise<readonly Target[]> {
  const asked = new Set([...readers.flatMap(({ asks }) => asks), ...Object.keys(notReaders)]);
  const alone = exportedReaders().filter(({ name, isAlone }) => isAlone && !asked.has(name));
  const targets = await Promise.all(
    alone.map(async ({ name, file, exported, takes, parameters }) => {
      const module = (await import(join(root, file))) as Readonly<Record<string, Read>>;
      const names = Array.from({ length: parameters }, () => 'tool');
      const read = (bytes: Uint8Array) =>
        module[exported]!(takes === 'bytes' ? bytes : Buffer.from(bytes).toString(), ...names);
      return targetOf(name, read);
    }),
  );
  const counts = new Map<string, number>();
  const own = readers.map(({ asks: [name = ''], read }) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return targetOf(count === 1 ? name : `${name} (${String(count)})`, read);
  });
  return [...targets, ...own];
}

function targetOf(name: string, read: (bytes: Uint8Array) => unknown): Target {
  const run = (input: Input) => read(input[0] ?? Buffer.alloc(0));
  return { name, run, seeds: () => acceptedSeeds(run) };
}

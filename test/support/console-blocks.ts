/**
 * The documentation's console blocks, played: each `$ …` runs in a shell, and what follows it has to be what that prints,
 * on both streams. What is made anew each time (keys, digests, ports, sizes) is not compared. A line `…` stands for any
 * lines, and `…` within a line for any characters.
 *
 *   ```console            in a checkout: catalogue and trust
 *   ```console SCENE      with what the scene of that name adds to it
 *   ```console not-played the test says why
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, root, runProgram } from './run-assay.ts';

export interface ConsoleBlock {
  /** The file, as seen from the checkout. */
  readonly page: string;
  /** Of its first line. */
  readonly line: number;
  /** What follows `console` in the fence; empty for nothing. */
  readonly scene: string;
  readonly steps: readonly { readonly command: string; readonly prints: readonly string[] }[];
}

interface Fenced {
  readonly line: number;
  /** Language and what follows it. */
  readonly info: string;
  readonly text: string;
}

export function fencedBlocks(page: string): readonly Fenced[] {
  const markdown = readFileSync(join(root, page), 'utf8');
  return Array.from(
    markdown.matchAll(/^```(.*)\n([^]*?)^```$/gm),
    ({ index, 1: info = '', 2: text = '' }) => ({
      line: markdown.slice(0, index).split('\n').length + 1,
      ...{ info, text },
    }),
  );
}

export function consoleBlocks(page: string): readonly ConsoleBlock[] {
  return fencedBlocks(page).flatMap(({ line, info, text }) => {
    const [language, scene = ''] = info.split(' ');
    return language === 'console' ? [{ page, line, scene, steps: stepsOf(text) }] : [];
  });
}

function stepsOf(text: string): ConsoleBlock['steps'] {
  const steps: { command: string; prints: string[] }[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), prints: [] });
    else if (last === undefined) throw new Error(`a console block begins with its command, found: ${line}`);
    else if (last.command.endsWith('\\') && last.prints.length === 0) last.command += `\n${line}`;
    else if (line !== '') last.prints.push(line);
  }
  return steps;
}

export interface Stage {
  /** Where the commands run, and what is not shown of it. */
  readonly directory: string;
  /** A folder that has the program `assay`. */
  readonly bin: string;
  /** What stands for something that this run has another of, such as a port. */
  readonly substitutes?: Readonly<Record<string, string>> | undefined;
}

/** A program `assay` in `bin`: the built command, which is given `flags` after these subcommands (a pattern of the shell). */
export function assayProgram(flags: Readonly<Record<string, readonly string[]>>): string {
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');
  const cases = Object.entries(flags).map(
    ([pattern, words]) =>
      `${pattern}) exec '${process.execPath}' '${cli}' "$command" ${quoted(words)} "$@" ;;`,
  );
  return ['#!/bin/sh', 'command=$1', 'shift', 'case "$command $*" in', ...cases, 'esac', ''].join('\n');
}

export interface Played {
  readonly printed: string;
  readonly exitCode: number;
}

/** As many as there are steps. Throws where the shell ended before them. */
export async function play({ steps }: ConsoleBlock, stage: Stage): Promise<readonly Played[]> {
  const mark = '@@@ ended with';
  const script = steps.map(({ command }) => {
    const told = Object.entries(stage.substitutes ?? {}).reduce(
      (text, [shown, real]) => text.replaceAll(shown, real),
      command,
    );
    return `(exit "$code")\n${told}\ncode=$?\necho "${mark} $code"`;
  });
  const { stdout } = await runProgram('sh', ['-c', ['exec 2>&1', 'code=0', ...script].join('\n')], {
    cwd: stage.directory,
    env: {
      PATH: `${stage.bin}:${process.env['PATH'] ?? ''}`,
      XDG_CACHE_HOME: join(stage.directory, '.cache'),
    },
  });
  const played = Array.from(
    stdout.matchAll(new RegExp(`([^]*?)${mark} (\\d+)\n`, 'g')),
    ([, printed = '', code]) => ({ printed, exitCode: Number(code) }),
  );
  if (played.length !== steps.length) throw new Error(`not every command ended:\n${stdout}`);
  return played;
}

/** Of a line, what is the same in every run. */
function steady(line: string): string {
  return line
    .replace(/(?<![0-9A-Za-z])[0-9A-F]{16}(?:[0-9A-F]{24})?(?![0-9A-Za-z])/g, 'KEY')
    .replace(/sha(256|512):[0-9a-f]{64,128}/g, 'sha$1:HEX')
    .replace(/sha(256|512):(?:[0-9a-f]*…)/g, 'sha$1:…')
    .replace(/http:\/\/127\.0\.0\.1:\d+(?:\/[a-z.-]+(?=\/))?/g, (url) => url.replace(/:\d+/, ':PORT'))
    .replace(/\b\d+ bytes\b/g, 'N bytes')
    .trimEnd();
}

/** Undefined where `printed` is what the page says; else the first line of the page that is not there. */
export function firstDifference(expected: readonly string[], printed: string): string | undefined {
  const lines = printed
    .split('\n')
    .map(steady)
    .filter((line) => line !== '');
  let [at, mayPass] = [0, false];
  for (const shown of expected) {
    if (shown === '…') {
      mayPass = true;
      continue;
    }
    const pattern = new RegExp(
      `^${steady(shown)
        .split('…')
        .map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('.*')}$`,
    );
    const found = lines.findIndex((line, index) => index >= at && pattern.test(line));
    if (found < 0 || (!mayPass && found !== at)) return shown;
    [at, mayPass] = [found + 1, false];
  }
  return mayPass || at === lines.length ? undefined : `(nothing more) but: ${lines[at] ?? ''}`;
}

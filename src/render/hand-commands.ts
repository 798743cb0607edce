/** The equivalent commands of a chain, as lines for a POSIX shell, which a person reads, and may paste. */
import type { Command, ProofChain } from '../formats/own/proof-chain.ts';
import { shellQuote } from './shell-quote.ts';

/** So much of a digest finds its document: `gpgv` and `sha256sum` then say whether it is the right one. */
const prefixLength = 12;
const kept = /^(.*\/)(sha(?:256|512)-)([0-9a-f]+)$/s;

/** As long as they are: a line that is broken begins anew behind a backslash. */
export function renderHandCommands(byHand: ProofChain['byHand'], width: number): readonly string[] {
  const commands = byHand.flatMap((one) => one.commands);
  if (commands.length === 0) return [];
  const directory = commands
    .map(({ argv }) => kept.exec(argv[1] ?? '')?.[1])
    .find((one) => one !== undefined);
  return [
    ...(directory === undefined ? [] : [`d=${directoryText(directory.slice(0, -1))}`]),
    'cd "$(mktemp -d)"',
    ...commands.flatMap((command) => broken(wordsOf(command, directory), width)),
  ];
}

function directoryText(path: string): string {
  return path.startsWith('/') ? word(path) : `$PWD/${word(path)}`;
}

function wordsOf({ argv, stdin, stdout }: Command, directory: string | undefined): readonly string[] {
  const words = argv.map((arg) => {
    const [, folder, algorithm = '', hex = ''] = kept.exec(arg) ?? [];
    return folder !== undefined && folder === directory
      ? `"$d"/${algorithm}${hex.slice(0, prefixLength)}*`
      : word(arg);
  });
  return [
    ...(stdin === undefined ? [] : ['echo', word(stdin.replace(/\n$/, '')), '|']),
    ...words,
    ...(stdout === undefined ? [] : ['>', word(stdout)]),
  ];
}

/** Quoted where it has to be. */
function word(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : shellQuote(text);
}

/** The first two words stay together, and a pipe ends its line: neither needs a backslash. */
function broken(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = words.slice(0, 2).join(' ');
  for (const one of words.slice(2)) {
    const isPipe = one === '|';
    if (isPipe || `${line} ${one}`.length <= width - 2) line = `${line} ${one}`;
    else {
      lines.push(line.endsWith(' |') ? line : `${line} \\`);
      line = `  ${one}`;
    }
  }
  return [...lines, line];
}

/** What words of GRUB's commands mean that decide something: options, and what is left of them. */
import type { Word } from './grub-script.ts';

/** As GRUB splits: what is not quoted into words, or none. */
export function expandWord(word: Word, variables: ReadonlyMap<string, string>): readonly string[] {
  const words: string[] = [];
  let open: string | undefined;
  for (const part of word) {
    const value = 'text' in part ? part.text : (variables.get(part.variable) ?? '');
    if ('text' in part || part.isQuoted) {
      open = (open ?? '') + value;
      continue;
    }
    const [first = '', ...more] = value.split(/[ \t\n]+/);
    if (first !== '') open = (open ?? '') + first;
    for (const next of more) {
      if (open !== undefined) words.push(open);
      open = next === '' ? undefined : next;
    }
  }
  return open === undefined ? words : [...words, open];
}

export interface EntryWords {
  readonly title: string;
  /** The title, where it has none of its own. */
  readonly id: string;
  /** Of its block: the title is the first. */
  readonly args: readonly string[];
}

/** Of `menuentry` and `submenu`, without the command and its block. */
export function parseEntryWords(words: readonly string[]): EntryWords {
  const args: string[] = [];
  let id: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const [, option, value] = /^--(id|class|users|hotkey|source)(?:=([^]*))?$/.exec(word) ?? [];
    if (option === undefined) {
      if (!word.startsWith('--')) args.push(word);
      continue;
    }
    const given = value ?? words[(at += 1)] ?? '';
    if (option === 'id') id = given;
  }
  const [title = ''] = args;
  return { title, id: id ?? title, args };
}

export interface Search {
  readonly by: 'uuid' | 'label' | 'file';
  readonly value: string;
  /** The variable that is set to what is found. */
  readonly name: string;
}

export function parseSearch(words: readonly string[]): Search {
  const given = /^(?:--set|-s)(?:=([^]*))?$/;
  const at = words.findIndex((word) => given.test(word));
  const inOne = given.exec(words[at] ?? '')?.[1];
  const plain = words.filter((word) => !word.startsWith('-'));
  // `--set NAME` as two words has the name before what is looked for.
  const isApart = at !== -1 && inOne === undefined && plain.length > 1 && words[at + 1] === plain[0];
  const has = (...options: readonly string[]) => options.some((option) => words.includes(option));
  return {
    by: has('--fs-uuid', '-u') ? 'uuid' : has('--label', '-l') ? 'label' : 'file',
    value: plain.at(-1) ?? '',
    name: inOne ?? (isApart ? plain[0] : undefined) ?? 'root',
  };
}

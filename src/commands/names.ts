/** `assay __names`, which scripts of completion ask: the names that the files of a command line have. */
import { Argument, type Command } from 'commander';
import { listedNames } from '../formats/own/listed-names.ts';
import { parseYamlDocument } from '../formats/own/yaml-document.ts';
import { createFileStore } from '../io/file-store.ts';
import { nameSorts, type NameSort } from '../model/command-spec.ts';
import { AssayError } from '../model/errors.ts';
import type { Host } from './shared/host.ts';

export function defineNames(command: Command, host: Host): void {
  command
    .description(
      'Prints the names that a command line could mean, and nothing where its files cannot be read.',
    )
    .addArgument(new Argument('<sort>').choices(nameSorts))
    .argument('[words...]', 'the command line, behind --')
    .action(async (sort: NameSort, words: readonly string[]) => {
      const found = await Promise.all(filesFor(sort, words).map((file) => namesIn(file, sort)));
      await host.out.lines([...new Set(found.flat())]);
    });
}

/** Those that the command itself would read. */
function filesFor(sort: NameSort, words: readonly string[]): readonly string[] {
  if (sort === 'anchors') return [`${valueIn(words, '--trust-dir') ?? 'trust'}/pins.yaml`];
  const manifests = words.filter((word) => word.endsWith('.json') && !word.startsWith('-'));
  if (['entries', 'providers'].includes(sort) && manifests.length > 0) return manifests.slice(0, 8);
  return [valueIn(words, '--catalogue') ?? 'manifests/catalogue.yaml'];
}

/** `--flag value`, or `--flag=value`, which bash hands on in three words. */
function valueIn(words: readonly string[], flag: string): string | undefined {
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  if (at === -1) return undefined;
  const inWord = words[at]?.slice(flag.length + 1) ?? '';
  return inWord === '' ? words[words[at + 1] === '=' ? at + 2 : at + 1] : inWord;
}

/** Who completes a word is told nothing of files that are not right. */
async function namesIn(file: string, sort: NameSort): Promise<readonly string[]> {
  try {
    const bytes = await createFileStore().read(file);
    if (bytes === undefined) return [];
    const { value } = parseYamlDocument(Buffer.from(bytes).toString(), file, 'CATALOGUE_INVALID');
    return listedNames(value, sort);
  } catch (error) {
    if (error instanceof AssayError) return [];
    throw error;
  }
}

/** `assay man`: the manual page of a command, in the words of its help. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { replaceFile } from '../io/replace-files.ts';
import { ensureDirectory } from '../io/files.ts';
import { UsageError } from '../model/errors.ts';
import { committedAt } from '../model/build.ts';
import { version } from '../model/version.ts';
import { manPages } from '../render/man-page.ts';
import { namedCommand } from './help.ts';
import { commandSpecOf } from './shared/command-spec.ts';
import type { Host } from './shared/host.ts';
import { addOutputFileOption, writeResult, type OutputFileFlags } from './shared/rendering.ts';

interface Flags extends OutputFileFlags {
  readonly dir?: string;
}

/** `whole`: the program with every command defined. */
export function defineMan(command: Command, host: Host, whole: () => Promise<Command>): void {
  command
    .description(
      'Prints the manual page of a command, for man, groff or mandoc. Where assay was installed with its pages, that is ' +
        'man assay-stage.',
    )
    .argument('[command...]', 'for example: render user-data')
    .option('--dir <dir>', 'write the pages of all commands there, as assay-stage.1 and so on');
  addOutputFileOption(command).addHelpText(
    'after',
    '\nExamples:\n  assay man stage | man -l -\n  assay man --dir ~/.local/share/man/man1',
  );
  command.action(async (names: readonly string[], flags: Flags) => {
    const program = await whole();
    const pages = manPages(commandSpecOf(program), { version, date: committedAt?.slice(0, 10) });
    if (flags.dir === undefined) {
      namedCommand(program, names);
      await writeResult(pages.get(['assay', ...names].join('-')) ?? '', flags, host, 0o644);
      return;
    }
    if (names.length > 0 || flags.output !== undefined) {
      throw new UsageError('USAGE', '--dir is for the pages of all commands', {
        hint: 'Name no command and no --output with it.',
      });
    }
    await ensureDirectory(flags.dir);
    for (const [name, page] of pages) {
      await replaceFile(join(flags.dir, `${name}.1`), new TextEncoder().encode(page), { mode: 0o644 });
    }
  });
}

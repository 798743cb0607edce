/** `assay init`: a repository that resolves something, from the first commit on. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseManifest } from '../formats/own/manifest.ts';
import { createFileStore } from '../io/file-store.ts';
import { UsageError } from '../model/errors.ts';
import {
  defaultRepository,
  filesOfRepository,
  keptOf,
  recognise,
  type NewRepository,
  type Recognised,
} from '../pipeline/init/init.ts';
import type { Host } from './shared/host.ts';
import { readRequired } from './shared/input-files.ts';
import { addOutputOptions, type OutputFlags } from './shared/options.ts';

interface Flags extends OutputFlags {
  readonly from?: string;
  readonly dryRun?: true;
}

export function defineInit(command: Command, host: Host): void {
  command
    .description(
      'Writes a catalogue with one package that resolves, pins without any anchor, a workflow of GitHub Actions and a ' +
        '.gitignore. With --from, kinds and platforms are those of manifests that are there already; the catalogue ' +
        'keeps their entries as they are, and each is listed with what assay add takes for it. Files that are there are ' +
        'never replaced.',
    )
    .argument('[directory]', 'where', '.')
    .option('--from <dir>', 'a folder of manifests: <kind>.<os>.<arch>.json')
    .option('--dry-run', 'say what would be written, and change nothing');
  addOutputOptions(command);
  command.addHelpText(
    'after',
    '\nExamples:\n  assay init\n  assay init vmconfig --from ../old/manifests --dry-run',
  );
  command.action(async (directory: string, flags: Flags) => {
    await run(directory, flags, host);
  });
}

async function run(directory: string, flags: Flags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const files = createFileStore();
  const from = flags.from === undefined ? undefined : await readFrom(flags.from);
  const wanted = [...filesOfRepository(from?.repository ?? defaultRepository)].map(([name, text]) => ({
    path: join(directory, name),
    bytes: Buffer.from(text),
  }));
  const missing: typeof wanted = [];
  for (const file of wanted) {
    if ((await files.read(file.path)) === undefined) missing.push(file);
    else reporter.info(`${file.path}: is there, and stays as it is`);
  }
  if (flags.dryRun !== true && missing.length > 0) await files.replaceAll(missing);
  for (const { path } of missing)
    reporter.info(`${path}: ${flags.dryRun === true ? 'would be written' : 'written'}`);
  const { known = new Map<string, string[]>(), others = [] } = from?.recognised ?? {};
  for (const [ref, names] of known) {
    for (const name of names) {
      const isItsName = ref.endsWith(`/${name}`) && names.length === 1;
      reporter.info(`${name}: assay add ${ref}${isItsName ? '' : ` --name ${name}`}`);
    }
  }
  for (const { name, url } of others)
    reporter.info(`${name}: of no upstream that is known by its URL: ${url}`);
  if (flags.json === true) {
    await host.out.document('init', {
      written: missing.map(({ path }) => path),
      known: Object.fromEntries(known),
      others,
    });
  }
}

const manifestName = /^([a-z][a-z0-9-]*)\.([a-z][a-z0-9.-]*)\.(amd64|arm64)\.json$/;

/** Throws UsageError `FILE_UNREADABLE` and `MANIFEST_INVALID`. */
async function readFrom(
  folder: string,
): Promise<{ readonly repository: NewRepository; readonly recognised: Recognised }> {
  const files = createFileStore();
  const names = (await files.list(folder)).toSorted().flatMap((name) => {
    const [, kind, os, arch] = manifestName.exec(name) ?? [];
    return kind === undefined || os === undefined || arch === undefined ? [] : [{ name, kind, os, arch }];
  });
  if (names.length === 0) {
    throw new UsageError('FILE_UNREADABLE', `${folder} has no manifests`, {
      hint: 'They are called <kind>.<os>.<arch>.json.',
    });
  }
  const manifests = await Promise.all(
    names.map(async ({ name }) =>
      parseManifest(await readRequired(`${folder}/${name}`, files), `${folder}/${name}`),
    ),
  );
  const platforms = [...Map.groupBy(names, ({ os }) => os)].map(([os, all]) => ({
    os,
    architectures: [...new Set(all.map(({ arch }) => arch))].toSorted(),
  }));
  const kinds = [...new Set(names.map(({ kind }) => kind))];
  return {
    repository: { kinds, platforms, kept: keptOf(manifests) },
    recognised: recognise(manifests),
  };
}

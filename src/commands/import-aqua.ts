/** `assay import aqua`: packages of aqua's registry, at the strongest method that both know. */
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { addToCatalogue, namesIn, type CatalogueAddition } from '../formats/own/edit-catalogue.ts';
import { nameOf, parseAquaRegistry, parseCurrentVersion } from '../formats/upstream/aqua/registry.ts';
import { createFileStore } from '../io/file-store.ts';
import { filesNamed } from '../io/files-named.ts';
import { UsageError } from '../model/errors.ts';
import {
  importAqua,
  reachOf,
  type ImportTarget,
  type NamedPackage,
  type Tally,
} from '../pipeline/import/aqua.ts';
import { loadCatalogue } from '../pipeline/manifests/catalogue.ts';
import { requireKnown } from '../pipeline/shared/require-known.ts';
import type { CommandReporter, Host } from './shared/host.ts';
import { readRequired } from './shared/input-files.ts';
import { refuseInputAsOutput, writeJsonResult } from './shared/rendering.ts';

interface Flags {
  readonly package?: string;
  readonly catalogue: string;
  readonly kind?: readonly string[];
  readonly dryRun?: true;
  readonly report?: string;
}

export function registerImportAqua(render: Command, host: Host): void {
  const command = render.command('aqua').summary("packages of aqua's registry");
  command
    .description(
      "Adds packages of aqua's registry to the catalogue, each at the strongest method that both know, with every check " +
        'that aqua makes; what is lost is said. The rule is that of the version in pkg.yaml beside registry.yaml, or of ' +
        '--package NAME@VERSION. Names that the catalogue has already are left alone.',
    )
    .argument('<paths...>', 'a registry.yaml, or a folder of them')
    .option('--package <name>', 'only this package: OWNER/NAME, or OWNER/NAME@VERSION')
    .option('--catalogue <file>', 'what is added to', 'manifests/catalogue.yaml')
    .option('--kind <kinds...>', 'for these kinds (default: all of the catalogue)')
    .option('--dry-run', 'print a catalogue of them alone, and change nothing')
    .option('--report <file>', 'write what became of each package, as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  assay import aqua registry.yaml --package cli/cli@v2.83.0 --dry-run\n  assay import aqua pkgs --dry-run --report reach.json > catalogue.yaml',
    );
  command.action(async (paths: readonly string[], flags: Flags) => {
    await run(paths, flags, host);
  });
}

async function run(paths: readonly string[], flags: Flags, host: Host): Promise<void> {
  await refuseInputAsOutput(flags.report, [...paths, flags.catalogue]);
  const reporter = host.reporter({ quiet: false, verbose: false });
  const { text, target } = await readTarget(flags);
  const wanted = await readPackages(paths, flags.package);
  const taken = new Set([...namesIn(text, 'sources'), ...namesIn(text, 'dependencies')]);
  const additions: CatalogueAddition[] = [];
  const outcomes = wanted.map((one) => {
    const imported = importAqua(one, target, (some) => void parseWith(headOf(target), some));
    const isThere = imported.additions.some(({ name }) => taken.has(name));
    for (const { name } of imported.additions) taken.add(name);
    if (!isThere) additions.push(...imported.additions);
    else reporter.info(`${imported.outcome.package}: the catalogue has it already`);
    return imported.outcome;
  });
  for (const { package: name, outcome, reasons } of outcomes) {
    if (outcome !== 'equal' && flags.report === undefined)
      reporter.warn(
        `${name}: ${outcome === 'none' ? 'no entry' : 'less than aqua checks'}: ${reasons.join('; ')}`,
      );
  }
  if (flags.report !== undefined) {
    await writeJsonResult(`${JSON.stringify(outcomes, undefined, 2)}\n`, { output: flags.report }, host);
    tellReach(outcomes, reporter);
  }
  if (flags.dryRun === true) {
    await host.out.lines(addToCatalogue(headOf(target), additions).trimEnd().split('\n'));
    return;
  }
  const edited = parseWith(text, additions);
  if (edited === text) return;
  await createFileStore().replaceAll([{ path: flags.catalogue, bytes: new TextEncoder().encode(edited) }]);
  reporter.info(`${flags.catalogue}: ${String(additions.length / 2)} entries added`);
}

/** The text with the additions. Throws UsageError `CATALOGUE_INVALID`. */
function parseWith(text: string, additions: readonly CatalogueAddition[]): string {
  const edited = addToCatalogue(text, additions);
  loadCatalogue(new TextEncoder().encode(edited), 'the catalogue with it');
  return edited;
}

const ofTools: ImportTarget = {
  kinds: ['tools'],
  platforms: [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }],
};

function headOf({ kinds, platforms }: ImportTarget): string {
  const lines = platforms.map(
    ({ os, architectures }) => `  - os: ${os}\n    architectures: [${architectures.join(', ')}]\n`,
  );
  return `version: 1\nkinds: [${kinds.join(', ')}]\nplatforms:\n${lines.join('')}`;
}

/** Without a catalogue, what is only printed is one of its own. */
async function readTarget({
  catalogue,
  kind,
  dryRun,
}: Flags): Promise<{ text: string; target: ImportTarget }> {
  const files = createFileStore();
  const bytes = dryRun === true ? await files.read(catalogue) : await readRequired(catalogue, files);
  if (bytes === undefined)
    return { text: headOf(ofTools), target: { ...ofTools, kinds: kind ?? ofTools.kinds } };
  const { kinds, platforms } = loadCatalogue(bytes, catalogue);
  requireKnown('--kind', kind, kinds, catalogue);
  return { text: new TextDecoder().decode(bytes), target: { kinds: kind ?? kinds, platforms } };
}

async function readPackages(
  paths: readonly string[],
  only: string | undefined,
): Promise<readonly NamedPackage[]> {
  const files = createFileStore();
  const [, name = only, version] = /^(.+?)@([^@]+)$/.exec(only ?? '') ?? [];
  const found: NamedPackage[] = [];
  for (const path of paths) {
    for (const file of await filesNamed(path, 'registry.yaml')) {
      const beside = join(dirname(file), 'pkg.yaml');
      const versions = basename(file) === 'registry.yaml' ? await files.read(beside) : undefined;
      const current = version ?? (versions && parseCurrentVersion(versions, beside));
      for (const rules of parseAquaRegistry(await readRequired(file, files), file)) {
        if (name === undefined || nameOf(rules) === name) found.push({ rules, version: current });
      }
    }
  }
  if (found.length > 0) return found;
  throw new UsageError(
    'USAGE',
    name === undefined ? `there is no registry.yaml in ${paths.join(', ')}` : `there is no package ${name}`,
  );
}

function tellReach(outcomes: Parameters<typeof reachOf>[0], reporter: CommandReporter): void {
  const { packages, verifiable, signed, reasons } = reachOf(outcomes);
  reporter.info(
    `${String(packages)} packages, of which aqua verifies ${String(verifiable.all)} on Linux, ${String(signed.all)} by signature or attestation`,
  );
  for (const [what, tally] of Object.entries({ verifiable, signed })) {
    const share = (count: number, { all }: Tally) =>
      `${String(count)} (${((100 * count) / Math.max(all, 1)).toFixed(1)} %)`;
    reporter.info(
      `${what.padEnd(10)}  equal or stronger ${share(tally.equal, tally)}, with loss ${share(tally.loss, tally)}, none ${share(tally.none, tally)}`,
    );
  }
  for (const [reason, count] of reasons) reporter.info(`${String(count).padStart(5)}  ${reason}`);
}

/** `assay stage`: put a manifest's artifacts into a directory. */
import { InvalidArgumentError, type Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { createStagingDirectory } from '../io/staging-directory.ts';
import { parseManifest } from '../formats/manifest.ts';
import { stage, stagingItems } from '../pipeline/stage.ts';
import type { Host } from './host.ts';
import { readRequired } from './input-files.ts';
import { withNetwork } from './network.ts';
import { addNetworkOptions, addOutputOptions, collectList, type NetworkFlags } from './options.ts';
import { errorDocument, reportFailures, worstExitCode } from './report-error.ts';

interface Flags extends NetworkFlags {
  readonly dir: string;
  readonly only?: readonly string[];
  readonly jobs: number;
}

export function registerStage(program: Command, host: Host): void {
  const command = program
    .command('stage')
    .summary("download a manifest's artifacts, verify them, and put them in place")
    .description(
      'Downloads what the manifest names and hashes it on the way. A file gets its name in the directory only\n' +
        'once its size and digest are right; files that are right already are kept.',
    )
    .argument('<manifest>', '<kind>.<os>.<arch>.json')
    .option('--dir <dir>', 'where to', '/opt/podplane/artifacts')
    .option('--only <names>', 'these entries only: NAME,…', collectList)
    .option('--jobs <count>', 'files at the same time', parseJobs, 4);
  addOutputOptions(addNetworkOptions(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay stage manifests/knd.debian-13.amd64.json --dir artifacts',
  );
  command.action(async (manifest: string, flags: Flags) => {
    await run(manifest, flags, host);
  });
}

async function run(manifestFile: string, flags: Flags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const manifest = parseManifest(await readRequired(manifestFile, createFileStore()), manifestFile);
  const items = stagingItems(manifest, flags.only);
  const directory = await createStagingDirectory(flags.dir);
  const { staged, failures } = await withNetwork(flags, host, reporter, ({ fetcher }) =>
    stage({ items, directory, fetcher, reporter, jobs: flags.jobs }),
  );
  if (flags.json === true) {
    const document = {
      directory: flags.dir,
      files: staged.map(({ item, status }) => ({ ...item, status })),
      failures: failures.map(({ item, error }) => ({ name: item.name, ...errorDocument(error) })),
    };
    await host.writeOut(`${JSON.stringify(document, null, 2)}\n`);
  }
  for (const { item, status } of staged) reporter.info(`${status.padEnd(6)} ${item.name}  ${item.digest}`);
  reportFailures(
    failures.map(({ item, error }) => ({ name: item.name, error })),
    reporter,
  );
  if (failures.length > 0) host.setExitCode(worstExitCode(failures.map((failure) => failure.error)));
}

function parseJobs(text: string): number {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64) throw new InvalidArgumentError('From 1 to 64.');
  return jobs;
}

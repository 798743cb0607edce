/** `assay fetch-evidence`: what proofs rest on and is too large for evidence/, into an evidence store. */
import type { Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { fetchEvidence } from '../pipeline/proofs/fetch-evidence.ts';
import type { Host } from './shared/host.ts';
import { withNetwork } from './shared/network.ts';
import { addNetworkOptions, addOutputOptions, type NetworkFlags } from './shared/options.ts';
import { reportFailures, worstExitCode } from './shared/report-error.ts';

interface Flags extends NetworkFlags {
  readonly evidenceStore: string;
  readonly snapshotBase?: string;
}

export function defineFetchEvidence(command: Command, host: Host): void {
  command
    .description(
      'Fetches what the proofs of the manifests name by digest and the store lacks, such as package indexes: from where ' +
        'it was published, by its hash, or from a snapshot service. Nothing but the bytes of that digest is taken. Exit ' +
        'code 4 if something is not to be had.',
    )
    .argument('<manifests...>', '<kind>.<os>.<arch>.json, with evidence/ beside them')
    .requiredOption('--evidence-store <dir>', 'where it goes, by digest')
    .option(
      '--snapshot-base <url>',
      'also ask URL/ARCHIVE/YYYYMMDDTHHMMSSZ/dists/…, where archives are as they were, such as ' +
        'https://snapshot.debian.org/archive',
    );
  addOutputOptions(addNetworkOptions(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay fetch-evidence manifests/*.json --evidence-store /srv/evidence \\\n' +
      '    --snapshot-base https://snapshot.debian.org/archive',
  );
  command.action(async (manifests: readonly string[], flags: Flags) => {
    await run(manifests, flags, host);
  });
}

async function run(manifests: readonly string[], flags: Flags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const { evidenceStore: store } = flags;
  const snapshotBase = flags.snapshotBase?.replace(/\/+$/, '');
  const documents = await withNetwork(flags, host, reporter, ({ fetcher }) =>
    fetchEvidence(manifests, { files: createFileStore(), fetcher, reporter, store, snapshotBase }),
  );
  if (flags.json === true) await host.out.document('fetch-evidence', { store, documents });
  for (const { status, url, digest } of documents) reporter.info(`${status.padEnd(7)} ${digest} ${url}`);
  if (documents.length === 0)
    reporter.info('no proof rests on anything that is too large to be kept beside it');
  const failed = documents.flatMap(({ role, error }) => (error === undefined ? [] : [{ name: role, error }]));
  reportFailures(failed, reporter);
  if (failed.length > 0) host.setExitCode(worstExitCode(failed.map(({ error }) => error)));
}

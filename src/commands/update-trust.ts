/** `assay update-trust`: the pinned trust anchors. So far it checks the committed ones; it does not fetch. */
import type { Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { UsageError } from '../model/errors.ts';
import { checkTrust, type AnchorReport } from '../pipeline/check-trust.ts';
import type { KeyReport } from '../model/openpgp-key.ts';
import type { Host } from './host.ts';
import { addOutputOptions, addTimeOption, type OutputFlags, type TimeFlags } from './options.ts';
import { errorDocument, textOf, worstExitCode } from './report-error.ts';

interface Flags extends OutputFlags, TimeFlags {
  readonly offline?: true;
  readonly trustDir: string;
}

export function registerUpdateTrust(program: Command, host: Host): void {
  const command = program
    .command('update-trust')
    .summary('check the pinned trust anchors')
    .description(
      'Checks that every key file in the trust directory holds exactly the keys that pins.yaml names, and that\n' +
        'they may vouch today. Exit code 5 if one does not. Fetching renewed keys is not built yet.',
    )
    .option('--offline', 'check the committed anchors against the pins alone')
    .option('--trust-dir <dir>', 'pinned trust anchors', 'trust');
  addOutputOptions(addTimeOption(command));
  command.addHelpText('after', '\nExample:\n  assay update-trust --offline');
  command.action(async (flags: Flags) => {
    await run(flags, host);
  });
}

async function run(flags: Flags, host: Host): Promise<void> {
  if (flags.offline === undefined) {
    throw new UsageError('USAGE', 'fetching renewed keys is not built yet', {
      hint: 'Use --offline to check the committed anchors against their pins.',
    });
  }
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const now = flags.now ?? host.now();
  const reports = await checkTrust(flags.trustDir, createFileStore(), now);
  if (flags.json === true) {
    await host.writeOut(`${JSON.stringify({ anchors: reports.map(documentOf) }, null, 2)}\n`);
  }
  const refusals = [];
  for (const report of reports) {
    if (report.status === 'good') {
      reporter.info(
        `${report.name}: ${report.file}\n${report.keys.map((key) => lineOf(key, now)).join('\n')}`,
      );
    } else if (report.status === 'missing') {
      reporter.warn(`${report.name}: ${report.file} is not there; it can vouch for nothing`);
    } else {
      refusals.push(report.error);
      reporter.error(`${report.name}: ${textOf(report.error)}`);
    }
  }
  if (refusals.length > 0) host.setExitCode(worstExitCode(refusals));
}

function documentOf(report: AnchorReport): unknown {
  return report.status === 'refused' ? { ...report, ...errorDocument(report.error) } : report;
}

const dayMs = 86_400_000;

function lineOf(key: KeyReport, now: Date): string {
  const { fingerprint, status, expires } = key;
  if (expires === undefined) return `${fingerprint}  ${status}, does not expire`;
  const days = Math.floor((expires.getTime() - now.getTime()) / dayMs);
  const date = expires.toISOString().slice(0, 10);
  return `${fingerprint}  ${status}, ${days < 0 ? 'since' : 'expires'} ${date}${days < 0 ? '' : ` (in ${String(days)} days)`}`;
}

/** `assay verify MANIFEST… --offline`: each entry judged again from what was kept, without a network. */
import { offlineReport } from '../pipeline/proofs/offline-report.ts';
import { refusalsIn, renderOfflineReport } from '../render/offline-report.ts';
import type { Host } from './shared/host.ts';
import { judgeManifests, type JudgingFlags } from './shared/judged-manifests.ts';
import type { OutputFlags } from './shared/options.ts';

export interface OfflineFlags extends OutputFlags, Omit<JudgingFlags, 'trustDir'> {
  readonly trustDir?: string;
  readonly allowPartial?: true;
}

/** Exit code 5 for a refusal, else 3 where an index was not at hand, unless that is allowed. */
export async function runVerifyOffline(
  manifestFiles: readonly string[],
  flags: OfflineFlags,
  host: Host,
): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const { trustDir = 'trust' } = flags;
  const { judged, now } = await judgeManifests(manifestFiles, { ...flags, trustDir }, host);
  const report = offlineReport(judged, now);
  if (flags.json === true) await host.out.document('verify-offline', report);
  else await host.out.lines(renderOfflineReport(report, host.out.width()));
  const refused = refusalsIn(report);
  for (const { what, file, refusal } of refused) {
    const [first = '', ...more] = refusal.message.split('\n');
    const told = [`${what}: ${first} [${refusal.code}]`, ...more, ...(refusal.hint?.split('\n') ?? [])];
    reporter.error(told, { file, title: refusal.code });
  }
  const isPartial = judged.some(({ entries }) =>
    entries.some(({ verdict }) => verdict === 'up to the index'),
  );
  if (refused.length > 0) host.setExitCode(5);
  else if (isPartial && flags.allowPartial !== true) host.setExitCode(3);
}

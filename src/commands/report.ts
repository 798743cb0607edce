/** `assay report MANIFEST… --out FILE`: who vouched for what, as one page that needs nothing else. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { typeOfPath } from '../io/files.ts';
import { compareManifests, type ManifestWithEvidence } from '../pipeline/proofs/diff.ts';
import type { OfflineEntry, OfflineManifest } from '../pipeline/proofs/verdict.ts';
import { checkTrust } from '../pipeline/trust/check-trust.ts';
import { chainOfEntry } from '../pipeline/proofs/chain-of-entry.ts';
import { plural } from '../render/plural.ts';
import type { Report, ReportEntry } from '../render/report/model.ts';
import { renderReport } from '../render/report/page.ts';
import { reportStyle } from '../render/report/style.ts';
import type { Trust } from '../verify/anchors/trust.ts';
import { digestOf } from '../verify/digest.ts';
import type { Host } from './shared/host.ts';
import { addJudgingOptions, judgeManifests, type JudgingFlags } from './shared/judged-manifests.ts';
import { readManifestPlaces } from './shared/manifest-places.ts';
import { refuseInputAsOutput } from './shared/rendering.ts';
import { worstExitCode } from './shared/report-error.ts';

interface Flags extends JudgingFlags {
  readonly out: string;
  readonly since?: string;
  readonly quiet?: true;
  readonly verbose?: true;
}

export function defineReport(command: Command, host: Host): void {
  command
    .description(
      'Judges the kept proof of each entry again, without the network, and writes a page of HTML: who vouched for what, ' +
        'the weakest first, each chain as a picture, what expires when. It has no script, and asks for nothing. Where ' +
        'an entry is refused the page says so, and the exit code is 5.',
    )
    .argument('<manifests...>', '<kind>.<os>.<arch>.json')
    .requiredOption('-o, --out <file>', 'write it there, whole or not at all')
    .option('--since <rev>', 'what differs from a revision of git, or from a folder or file of manifests')
    .option('--quiet', 'print errors only')
    .option('--verbose', 'print every step, and the stack of an unforeseen error');
  addJudgingOptions(command);
  command.addHelpText(
    'after',
    '\nExamples:\n  assay report manifests/*.json --out report.html\n' +
      '  assay report manifests/knc.debian-13.amd64.json --since HEAD~1 --out report.html',
  );
  command.action(async (manifests: readonly string[], flags: Flags) => {
    await run(manifests, flags, host);
  });
}

async function run(paths: readonly string[], flags: Flags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  await refuseInputAsOutput(flags.out, flags.since === undefined ? paths : [...paths, flags.since]);
  const { judged, trust, now } = await judgeManifests(paths, flags, host);
  const reviews = await checkTrust(trust, now);
  const report: Report = {
    manifests: judged.map(({ fileName, bytes, refusals }) => ({
      fileName,
      digest: digestOf('sha256', bytes),
      faults: refusals.map(({ error }) => error.message),
    })),
    entries: entriesOf(judged, trust, host),
    expiring: reviews
      .flatMap(({ expiring }) => expiring)
      .toSorted((one, other) => one.expires.getTime() - other.expires.getTime()),
    since: flags.since === undefined ? undefined : await changesSince(flags.since, paths, host),
    now,
  };
  const page = renderReport(report, styleDigest());
  await createFileStore().replaceAll([{ path: flags.out, bytes: Buffer.from(page) }]);

  const refusals = judged.flatMap(({ file, refusals: ofFile, entries }) => [
    ...ofFile.map(({ error }) => ({ about: file, file, error })),
    ...entries.flatMap(({ name, refusal }) =>
      refusal === undefined ? [] : [{ about: `${file}: ${name}`, file, error: refusal.error }],
    ),
  ]);
  for (const { about, file, error } of refusals) reporter.failure(error, about, { file });
  reporter.info(`${plural(report.entries.length, 'entry', 'entries')} in ${flags.out}`);
  if (refusals.length > 0) host.setExitCode(worstExitCode(refusals.map(({ error }) => error)));
}

/** As a policy names it (CSP): SHA-256, in base64. */
function styleDigest(): string {
  const [, hex = ''] = digestOf('sha256', Buffer.from(reportStyle)).split(':');
  return Buffer.from(hex, 'hex').toString('base64');
}

/** What several manifests have alike is told of once. */
function entriesOf(judged: readonly OfflineManifest[], trust: Trust, host: Host): readonly ReportEntry[] {
  const found = new Map<string, ReportEntry>();
  for (const { file, entries } of judged) {
    for (const entry of entries) {
      const one = entryOf(entry, file, trust, host);
      const key = JSON.stringify({
        ...one,
        chain: { ...one.chain, manifest: '' },
        manifests: [],
        url: entry.entry?.url,
      });
      const manifests = [...(found.get(key)?.manifests ?? []), entry.fileName];
      found.set(key, { ...one, manifests });
    }
  }
  return [...found.values()].toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
}

function orderOf({ name, manifests }: ReportEntry): string {
  return [name, ...manifests].join('\n');
}

function entryOf(entry: OfflineEntry, file: string, trust: Trust, host: Host): ReportEntry {
  const { name, evidence, verdict, refusal, since } = entry;
  const chain = chainOfEntry(entry, file, trust, host.hintFor);
  return {
    ...{ manifests: [], name, chain, isRefused: verdict === 'refused' },
    file: entry.entry?.digest ? { url: entry.entry.url, digest: entry.entry.digest } : undefined,
    version: entry.entry?.version ?? evidence?.version ?? '',
    remark: verdict === 'no file' ? 'a stub: it names no file' : refusal?.error.message,
    since: since?.message,
  };
}

/** Each manifest against itself at a revision, or the one of its name in a folder. */
async function changesSince(since: string, paths: readonly string[], host: Host): Promise<Report['since']> {
  const type = await typeOfPath(since);
  const [before, after] = [new Map<string, ManifestWithEvidence>(), new Map<string, ManifestWithEvidence>()];
  for (const path of paths) {
    const inFolder = `${since.replace(/\/$/, '')}/${basename(path)}`;
    const old = type === 'folder' ? inFolder : type === 'file' ? since : `${since.replace(/:$/, '')}:`;
    const sides = await readManifestPlaces(old, path, host);
    for (const [at, side] of [before, after].entries()) {
      for (const one of sides[at]?.values() ?? []) side.set(path, one);
    }
  }
  return { revision: since, changes: compareManifests(before, after) };
}

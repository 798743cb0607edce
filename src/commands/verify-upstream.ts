/** `assay verify --upstream MANIFEST…`: for a job that runs every night. */
import { createFileStore } from '../io/file-store.ts';
import { readManifests, rememberedBeside, type ReadManifest } from '../pipeline/proofs/read-manifests.ts';
import { verifyUpstream } from '../pipeline/proofs/verify-upstream.ts';
import { fetchingMissing, readTrust } from '../pipeline/trust/anchors.ts';
import type { UpstreamVerdicts } from '../formats/own/upstream-verdicts.ts';
import { renderAdvisories } from '../render/advisories.ts';
import { countVerdicts, tellFindings } from '../render/upstream-verdicts.ts';
import { openTrust } from '../verify/anchors/trust.ts';
import {
  findAdvisories,
  openAdvisories,
  readNames,
  type AdvisoriesFlags,
  type Changed,
} from './shared/advisories.ts';
import type { Host } from './shared/host.ts';
import { withNetwork } from './shared/network.ts';
import type { NetworkFlags, TimeFlags } from './shared/options.ts';

export interface UpstreamFlags extends NetworkFlags, TimeFlags, AdvisoriesFlags {
  readonly trustDir?: string;
}

/** Throws UsageError for files that cannot be read; what upstream does is a verdict, and decides the exit code. */
export async function runVerifyUpstream(
  paths: readonly string[],
  flags: UpstreamFlags,
  host: Host,
): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const files = createFileStore();
  const now = flags.now ?? host.now();
  const [manifests, trust] = await Promise.all([
    readManifests(paths, files),
    readTrust(flags.trustDir ?? 'trust', files),
  ]);
  const remembered = await rememberedBeside(manifests, files);
  const { verdicts, advisories } = await withNetwork(flags, host, reporter, async ({ fetcher, cache }) => {
    const known =
      flags.advisories === undefined ? undefined : await openAdvisories(flags.advisories, { fetcher });
    const catalogue = known && (await readNames(flags));
    const verdicts = await verifyUpstream(manifests, {
      ...{ fetcher, cache, now, metadataDates: remembered.dates, logSizes: remembered.logs },
      trust: openTrust(trust, now, fetchingMissing(fetcher, reporter)),
      // What a source says of entries that it keeps is for who resolves them.
      reporter: { ...reporter, info: () => undefined },
    });
    const advisories =
      known && catalogue && (await findAdvisories(changesIn(verdicts, manifests), catalogue, known));
    return { verdicts, advisories };
  });
  if (flags.json === true) await host.out.document('verify-upstream', { ...verdicts, advisories });
  for (const { isError, title, file, lines } of tellFindings(verdicts)) {
    const [first = '', ...more] = lines;
    reporter[isError ? 'error' : 'warn']([`${title}: ${first}`, ...more], { file, title });
  }
  for (const line of renderAdvisories(advisories ?? [], reporter.width())) reporter.info(line);
  reporter.info(countVerdicts(verdicts));
  host.setExitCode(verdicts.exitCode);
}

/** What an update would change. */
function changesIn({ manifests }: UpstreamVerdicts, proven: readonly ReadManifest[]): readonly Changed[] {
  return manifests.flatMap(({ entries }, at) =>
    entries.flatMap(({ name, version, newer }) => {
      if (newer === undefined) return [];
      const whole = { before: proven[at]?.evidence[name]?.version, after: newer.version };
      return [{ name, before: { version }, after: newer, whole }];
    }),
  );
}

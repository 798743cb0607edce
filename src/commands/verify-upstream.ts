/** `assay verify --upstream MANIFEST…`: for a job that runs every night. */
import { createFileStore } from '../io/file-store.ts';
import { readManifests, readMetadataDates } from '../pipeline/proofs/read-manifests.ts';
import { verifyUpstream } from '../pipeline/proofs/verify-upstream.ts';
import { fetchingMissing, readTrust } from '../pipeline/trust/anchors.ts';
import { countVerdicts, tellFindings } from '../render/upstream-verdicts.ts';
import { openTrust } from '../verify/anchors/trust.ts';
import type { Host } from './shared/host.ts';
import { withNetwork } from './shared/network.ts';
import type { NetworkFlags, TimeFlags } from './shared/options.ts';

export interface UpstreamFlags extends NetworkFlags, TimeFlags {
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
  const metadataDates = await readMetadataDates(manifests, files);
  const verdicts = await withNetwork(flags, host, reporter, async ({ fetcher, cache }) =>
    verifyUpstream(manifests, {
      ...{ fetcher, cache, now, metadataDates },
      trust: openTrust(trust, now, fetchingMissing(fetcher, reporter)),
      // What a source says of entries that it keeps is for who resolves them.
      reporter: { ...reporter, info: () => undefined },
    }),
  );
  if (flags.json === true) await host.out.document(verdicts);
  for (const { isError, title, file, lines } of tellFindings(verdicts)) {
    reporter.annotate(isError ? 'error' : 'warning', { file, title }, lines);
  }
  reporter.info(countVerdicts(verdicts));
  host.setExitCode(verdicts.exitCode);
}

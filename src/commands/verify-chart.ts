/** `assay verify --chart FILE MANIFEST`: does the manifest pin the images that its chart names? */
import { entriesOf } from '../formats/own/manifest-entries.ts';
import type { Manifest } from '../formats/own/manifest.ts';
import { parseChartValues, readChartImages } from '../formats/upstream/helm-values.ts';
import { createFileStore } from '../io/file-store.ts';
import { UsageError, VerificationError } from '../model/errors.ts';
import { digestOf } from '../verify/digest.ts';
import { digestAlgorithm } from '../model/digest.ts';
import { compareChartImages, type ChartComparison } from '../verify/helm/chart-images.ts';
import { readChartArchive } from './shared/chart-archive.ts';
import type { Host } from './shared/host.ts';
import { readManifest, readRequired } from './shared/input-files.ts';
import type { OutputFlags } from './shared/options.ts';
import { worstExitCode } from './shared/report-error.ts';

export interface ChartFlags extends OutputFlags {
  readonly chart: string;
  readonly chartValues?: readonly string[];
}

/** Throws UsageError, VerificationError `DIGEST_MISMATCH` for a chart that is not the manifest's, and what reads it throws. */
export async function runVerifyChart(manifestFile: string, flags: ChartFlags, host: Host): Promise<void> {
  const { manifest } = await readManifest(manifestFile);
  const files = createFileStore();
  const archive = await readRequired(flags.chart, files);
  requireChart(manifest, archive, flags.chart, manifestFile);
  const overrides = await Promise.all(
    (flags.chartValues ?? []).map(async (path) => parseChartValues(await readRequired(path, files), path)),
  );
  const chart = readChartImages(await readChartArchive(archive, flags.chart), overrides, flags.chart);
  const compared = compareChartImages(chart, manifest.vmconfig.images, manifestFile);
  await report(compared, chart, flags, host);
}

/** Nothing of an archive is read that the manifest does not vouch for. */
function requireChart(manifest: Manifest, archive: Uint8Array, path: string, manifestFile: string): void {
  const charts = entriesOf(manifest).flatMap((one) =>
    one.slot === 'dependency' && one.entry.type === 'helm-chart' ? [one.entry.digest] : [],
  );
  const [first, ...others] = charts;
  if (first === undefined) {
    throw new UsageError('USAGE', `${manifestFile} has no chart that ${path} could be`);
  }
  const found = digestOf(digestAlgorithm(first), archive);
  if (charts.some((digest) => digestOf(digestAlgorithm(digest), archive) === digest)) return;
  const expected = [first, ...others].join(' or ');
  throw new VerificationError('DIGEST_MISMATCH', `${path} has the digest ${found}, expected ${expected}`, {
    hint: 'It is another chart, or another version of it: stage the one of the manifest.',
    context: { path, expected, found },
  });
}

async function report(
  { verdicts, others }: ChartComparison,
  { name, version }: { readonly name: string; readonly version: string },
  flags: ChartFlags,
  host: Host,
): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const errors = verdicts.flatMap(({ error }) => error ?? []);
  if (flags.json === true) {
    await host.out.document('verify-chart', {
      ...{ verified: errors.length === 0, chart: { name, version } },
      images: verdicts.map(({ reference: image, image: { path }, pinned, error }) => ({
        ...{ image, path, digest: pinned?.digest, error },
      })),
      others: others.map(({ image }) => image),
    });
  }
  for (const { reference, image, pinned, error } of verdicts) {
    if (error !== undefined) reporter.failure(error, reference);
    else reporter.info(`pinned ${reference}  ${pinned?.digest ?? ''}  (${image.path})`);
  }
  for (const { image } of others) reporter.info(`besides ${image}`);
  if (verdicts.length === 0) {
    reporter.warn(`the values of ${name} ${version} name no image: nothing was compared`);
  }
  host.setExitCode(worstExitCode(errors));
}

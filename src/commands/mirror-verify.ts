/** `assay mirror --verify URL`: does a server have what the manifests name? For a job after each publication. */
import { Option, type Command } from 'commander';
import { parseSample, type Sample } from '../formats/own/sample.ts';
import { parseMirrorBase } from '../io/http/mirrors.ts';
import type { MirrorPlan } from '../pipeline/staging/mirror-plan.ts';
import { chooseSample } from '../pipeline/staging/sample.ts';
import { knownFiles, verifyMirror, type PublishedVerdict } from '../pipeline/staging/verify-mirror.ts';
import { readPublishedImages } from '../pipeline/staging/verify-published-images.ts';
import { ImageStore } from '../sources/image-store.ts';
import type { CommandReporter, Host } from './shared/host.ts';
import { withNetwork } from './shared/network.ts';
import type { NetworkFlags } from './shared/options.ts';
import { worstExitCode } from './shared/report-error.ts';
import { defaultJobs } from './shared/staging.ts';

export interface VerifyMirrorFlags {
  readonly verify?: string;
  readonly sample?: { readonly text: string; readonly sample: Sample };
  readonly seed?: string;
}

interface Flags extends VerifyMirrorFlags, NetworkFlags {
  readonly verify: string;
  readonly jobs?: number;
}

export function addVerifyMirrorOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--verify <url>', 'compare what a server has at URL with the manifests').argParser((text) =>
        parseMirrorBase(text, '--verify'),
      ),
    )
    .addOption(
      new Option(
        '--sample <amount>',
        'with --verify: how much to hash: 5% of the files, a number of files, 2GiB, or all (default: 5%)',
      ).argParser((text) => ({ text, sample: parseSample(text) })),
    )
    .option('--seed <text>', 'with --verify: chooses the same sample again (default: the time of the run)');
}

export async function runVerifyMirror(
  plan: MirrorPlan,
  flags: Flags,
  host: Host,
  reporter: CommandReporter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { verify: base, sample: { text, sample } = { text: '5%', sample: parseSample('5%') } } = flags;
  const seed = flags.seed ?? host.now().toISOString();
  const jobs = flags.jobs ?? defaultJobs(plan.files);
  const { expected, verdicts } = await withNetwork(
    flags,
    host,
    reporter,
    async ({ fetcher }) => {
      const store = new ImageStore({ fetcher, reporter }, { url: base, fallsBack: false });
      const images = await readPublishedImages(plan.images, { base, fetcher, store });
      const files = [...plan.files, ...images.files];
      const chosen = new Set(chooseSample(files, sample, seed));
      const asked = [
        ...files.map((item) => ({ ...item, isWhole: chosen.has(item) })),
        ...knownFiles(plan, base),
      ];
      const found = await verifyMirror({ files: asked, fetcher, reporter, jobs, signal });
      return {
        expected: images.verdicts.length + asked.length,
        verdicts: [...images.verdicts, ...found],
      };
    },
    signal === undefined ? {} : { signal },
  );
  const isComplete = verdicts.length === expected;
  const errors = verdicts.flatMap(({ error }) => error ?? []);
  if (flags.json === true) {
    const listed = verdicts.map(({ item: { name, digest, sizeBytes }, status, error }) => ({
      ...{ path: name, digest, sizeBytes, status, error },
    }));
    const verified = isComplete && errors.length === 0;
    await host.out.document('mirror-verify', { verified, base, sample: text, seed, files: listed });
  }
  report(verdicts, seed, reporter);
  if (!isComplete) reporter.error('interrupted: not everything was asked about');
  host.setExitCode(worstExitCode(errors));
}

function report(verdicts: readonly PublishedVerdict[], seed: string, reporter: CommandReporter): void {
  for (const { item, status, error } of verdicts) {
    if (error !== undefined) reporter.failure(error, status);
    else if (status === 'right') reporter.info(`right ${item.name}  ${item.digest ?? ''}`);
    else reporter.info(`there ${item.name}  ${String(item.sizeBytes)} bytes`);
  }
  const count = (wanted: PublishedVerdict['status']) =>
    verdicts.filter(({ status }) => status === wanted).length;
  const kinds = ['right', 'there', 'missing', 'wrong', 'unasked'] as const;
  const counts = kinds.map((kind) => `${kind}: ${count(kind)}`).join(', ');
  reporter.info(`${counts}; --seed ${seed}`);
}

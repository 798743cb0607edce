/** `assay push`: what manifests name, and themselves, into a registry. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { isOciPlace, parseOciPlace } from '../formats/own/oci-place.ts';
import type { Repository } from '../formats/upstream/image-reference.ts';
import { createFileStore } from '../io/file-store.ts';
import { createProgressBars } from '../io/progress-bars.ts';
import { openFile } from '../io/staging-directory.ts';
import { UsageError } from '../model/errors.ts';
import { readManifests } from '../pipeline/proofs/read-manifests.ts';
import { readPushedEvidence } from '../pipeline/staging/push-evidence.ts';
import { planPush, type PushPlan, type PushSource } from '../pipeline/staging/push-plan.ts';
import { fromMirror, fromOrigins, type PushedBytes } from '../pipeline/staging/push-sources.ts';
import { push, type PushInput, type PushResult } from '../pipeline/staging/push.ts';
import type { CommandReporter, Host } from './shared/host.ts';
import { cacheDirectory, withNetwork } from './shared/network.ts';
import { addNetworkOptions, addOutputOptions, countUpTo, type NetworkFlags } from './shared/options.ts';
import { reportUnfinished } from './shared/report-error.ts';
import { addLockOption, withStagingDirectory, type LockFlags } from './shared/staging.ts';

interface Flags extends NetworkFlags, LockFlags {
  readonly from?: string;
  readonly osImage: boolean;
  readonly images: boolean;
  readonly evidence: boolean;
  readonly jobs: number;
}

export function definePush(command: Command, host: Host): void {
  command
    .description(
      'Puts what the manifests name into a registry: an artifact for each manifest, tagged <kind>.<os>.<arch>, with ' +
        'a layer for each file; its evidence as a referrer; container images, with their signatures, as ' +
        'REGISTRY/mirror/<original registry>/<repository>:<tag>. Every byte is compared with its digest before; ' +
        'what the registry has is not sent again; tags move last.',
    )
    .usage('[options] <manifests...> <registry/repository>')
    .argument('<manifests...>', '<kind>.<os>.<arch>.json, and where to as the last of them')
    .option('--from <dir>', 'take everything from this mirror (assay mirror), and nothing from the origins')
    .option('--no-os-image', 'leave out the images that the VMs start from')
    .option('--no-images', 'leave out the container images')
    .option('--no-evidence', 'leave out the evidence beside the manifests')
    .option('--jobs <count>', 'files at the same time', countUpTo(64), 6);
  addOutputOptions(addNetworkOptions(addLockOption(command)));
  command.addHelpText(
    'after',
    '\nExample:\n  assay push manifests/knc.debian-13.*.json registry.example.org/vmconfig',
  );
  command.action(async (names: readonly string[], flags: Flags) => {
    await run(names, flags, host);
  });
}

async function run(names: readonly string[], flags: Flags, host: Host): Promise<void> {
  const target = parseTarget(names.at(-1) ?? '');
  const manifests = names.slice(0, -1);
  if (manifests.length === 0) {
    throw new UsageError('USAGE', 'there is no manifest to push: manifests first, then REGISTRY/REPOSITORY');
  }
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const sources = await readSources(manifests, flags);
  const plan = planPush(sources, { withOsImage: flags.osImage, withImages: flags.images });
  const signal = host.interruption?.();
  const result = await pushAll(plan, target, { flags, host, reporter, signal });
  await report(result, target, flags, host, reporter, signal?.aborted === true);
}

/** `REGISTRY/REPOSITORY`, also behind `oci://`. Throws UsageError `USAGE`. */
function parseTarget(text: string): Repository {
  const { registry, repository, tag, digest } = parseOciPlace(
    isOciPlace(text) ? text : `oci://${text}`,
    'the last argument',
  );
  if (tag === undefined && digest === undefined) return { registry, repository };
  throw new UsageError('USAGE', 'the last argument names a tag or a digest, and each manifest has its own', {
    hint: 'Write REGISTRY/REPOSITORY, for example registry.example.org/vmconfig.',
  });
}

async function readSources(paths: readonly string[], { evidence }: Flags): Promise<readonly PushSource[]> {
  const files = createFileStore();
  const read = await readManifests(paths, files);
  const sources: PushSource[] = [];
  for (const one of read) {
    const { file, bytes, manifest } = one;
    const beside = evidence ? await readPushedEvidence(one, files) : [];
    sources.push({ file, bytes, manifest, evidence: beside });
  }
  return sources;
}

interface Pushing {
  readonly flags: Flags;
  readonly host: Host;
  readonly reporter: CommandReporter;
  readonly signal: AbortSignal | undefined;
}

async function pushAll(
  plan: PushPlan,
  { registry, repository }: Repository,
  { flags, host, reporter, signal }: Pushing,
): Promise<PushResult> {
  const items = plan.artifacts.flatMap((artifact) => artifact.items);
  const totalBytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const bars = createProgressBars({ screen: reporter.screen, files: items.length, totalBytes });
  const common = { plan, registry, repository, reporter, progress: bars, jobs: flags.jobs, signal };
  const pushFrom = (source: PushedBytes, { fetcher }: Pick<PushInput, 'fetcher'>) =>
    push({ ...common, source, fetcher });
  try {
    return await withNetwork(
      flags,
      host,
      reporter,
      async (network) => {
        const { from } = flags;
        if (from !== undefined)
          return pushFrom(
            fromMirror((path) => openFile(join(from, path))),
            network,
          );
        const work = join(cacheDirectory(flags, host), 'push');
        return withStagingDirectory(
          work,
          flags,
          reporter,
          (directory) => pushFrom(fromOrigins({ ...network, reporter, directory, progress: bars }), network),
          signal,
        );
      },
      signal === undefined ? {} : { signal },
    );
  } finally {
    bars.close();
  }
}

async function report(
  { artifacts, held, images, blobs, failures }: PushResult,
  { registry, repository }: Repository,
  flags: Flags,
  host: Host,
  reporter: CommandReporter,
  isInterrupted: boolean,
): Promise<void> {
  const at = `${registry}/${repository}`;
  const nameOf = (image: { readonly repository: string; readonly tag: string }) =>
    `${registry}/${image.repository}:${image.tag}`;
  if (flags.json === true) {
    await host.out.document('push', {
      repository: at,
      artifacts: artifacts.map(({ artifact: { file, tag }, digest, evidence, status }) => ({
        ...{ manifest: file, tag, digest, ...(evidence === undefined ? {} : { evidence }), status },
      })),
      held: held.map(({ file, tag }) => ({ manifest: file, tag })),
      images: images.map(({ image, digest, isSigned, status }) => ({
        ...{ image: image.image, reference: nameOf(image), digest, signed: isSigned, status },
      })),
      blobs,
      failures,
    });
  }
  for (const { image, digest, status } of images) {
    reporter.info(`${status.padEnd(6)} ${nameOf(image)}@${digest}`);
  }
  for (const { artifact, digest, status } of artifacts) {
    reporter.info(`${status.padEnd(6)} ${at}:${artifact.tag}@${digest}`);
  }
  const { sent, sentBytes, mounted, kept } = blobs;
  reporter.info(`blobs: ${sent} sent (${sentBytes} bytes), ${mounted} mounted, ${kept} there already`);
  reportUnfinished(failures, isInterrupted, reporter, host);
  for (const { tag } of isInterrupted ? [] : held) {
    reporter.error(`${at}:${tag} was not moved: what it would name is not all there`);
  }
}

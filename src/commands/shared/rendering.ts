/** What the commands under `render` share: the manifest that is read, and where the text goes. */
import type { Command } from 'commander';
import type { Manifest } from '../../formats/own/manifest.ts';
import { isOciPlace } from '../../formats/own/oci-place.ts';
import { isSameFile } from '../../io/files.ts';
import { replaceFile } from '../../io/replace-files.ts';
import { UsageError } from '../../model/errors.ts';
import { escapeInJson } from '../../model/printable.ts';
import { stagingItems, type ItemSelection } from '../../pipeline/staging/staging-items.ts';
import {
  defaultFetchOptions,
  type FetchItem,
  type FetchOptions,
} from '../../render/fetch-script/fetch-script.ts';
import type { FetchRegistry } from '../../render/fetch-script/registry-lines.ts';
import type { Host } from './host.ts';
import { countUpTo, durationOption, mirrorBaseOption } from './options.ts';

export interface OutputFileFlags {
  readonly output?: string;
}

export interface FetchFlags {
  readonly mirrorBase?: string;
  readonly jobs?: number;
  readonly attempts?: number;
  readonly stallTimeout?: number;
  readonly retryPause?: number;
  readonly lockTimeout?: number;
}

export function addOutputFileOption(command: Command): Command {
  return command.option(
    '-o, --output <file>',
    'write it there, whole or not at all (default: standard output)',
  );
}

/** `mode`: permission bits of the file. Throws UsageError `FILE_UNWRITABLE`. */
export async function writeResult(
  text: string,
  { output }: OutputFileFlags,
  host: Host,
  mode: number,
): Promise<void> {
  if (output === undefined) await host.out.writeRaw(text);
  else await replaceFile(output, new TextEncoder().encode(text), { mode });
}

/**
 * JSON text, in which nothing acts on a terminal; on standard output nothing on a runner of GitHub Actions either. Throws
 * UsageError `FILE_UNWRITABLE`.
 */
export async function writeJsonResult(text: string, { output }: OutputFileFlags, host: Host): Promise<void> {
  if (output === undefined) await host.out.json(text);
  else await writeResult(escapeInJson(text), { output }, host, 0o644);
}

/** Before anything is done. Throws UsageError `USAGE` where the output would take the place of an input. */
export async function refuseInputAsOutput(
  output: string | undefined,
  inputs: readonly string[],
): Promise<void> {
  if (output === undefined) return;
  for (const input of inputs) {
    if (!(await isSameFile(input, output))) continue;
    throw new UsageError('USAGE', `${output} is what is read, and would be overwritten`, {
      hint: 'Name another file for the output.',
    });
  }
}

/** How the script that is rendered fetches. */
export function addFetchOptions(command: Command): Command {
  const duration = (flag: string, text: string) =>
    command.addOption(durationOption(`${flag} <duration>`, text));
  command
    .addOption(mirrorBaseOption)
    .option('--jobs <count>', `files at the same time (default: ${defaultFetchOptions.jobs})`, countUpTo(999))
    .option(
      '--attempts <count>',
      `how often to try without getting 64 KiB further (default: ${defaultFetchOptions.attempts})`,
      countUpTo(999),
    );
  duration('--stall-timeout', 'give up on a server that sends nothing to speak of (default: 30s)');
  duration('--retry-pause', 'before the second attempt; longer before each further one (default: 1s)');
  return duration('--lock-timeout', 'how long to wait for another run in the directory (default: 10m)');
}

/** `fallback`: a second mirror. `registry`: where the files are blobs of one. */
export function fetchOptionsOf(
  flags: FetchFlags,
  {
    fallback,
    registry,
  }: { readonly fallback?: string | undefined; readonly registry?: FetchRegistry | undefined },
): Omit<FetchOptions, 'directory' | 'installedFile'> {
  const { jobs, attempts, stallTimeout, retryPause, lockTimeout, mirrorBase } = flags;
  const mirrors = [mirrorBase, fallback, registry?.url].flatMap((base) =>
    base === undefined || isOciPlace(base) ? [] : [base],
  );
  return {
    jobs: jobs ?? defaultFetchOptions.jobs,
    attempts: attempts ?? defaultFetchOptions.attempts,
    stallTimeoutMs: stallTimeout ?? defaultFetchOptions.stallTimeoutMs,
    retryPauseMs: retryPause ?? defaultFetchOptions.retryPauseMs,
    lockTimeoutMs: lockTimeout ?? defaultFetchOptions.lockTimeoutMs,
    allowsHttp: mirrors.some((base) => base.startsWith('http:')),
    ...{ mirrors, registry },
  };
}

/** What the script fetches: at the mirror, if there is one, or else at the second. */
export function fetchItemsOf(
  manifest: Manifest,
  { mirrorBase }: FetchFlags,
  selection: ItemSelection = {},
  fallback?: string,
): readonly FetchItem[] {
  const at = (base: string | undefined) =>
    stagingItems(manifest, selection, base === undefined ? undefined : { url: base, fallsBack: false }).map(
      ({ url, sources }) => sources?.[0]?.url ?? url,
    );
  const [first, second] = [at(mirrorBase), fallback === undefined ? [] : at(fallback)];
  return stagingItems(manifest, selection).map(({ name, digest, sizeBytes, url }, index) => ({
    ...{ name, digest, sizeBytes },
    url: first[index] ?? url,
    otherUrls: second.slice(index, index + 1),
  }));
}

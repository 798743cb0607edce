/**
 * The fetch script: downloads and verifies the artifacts of one manifest where there is no Node, with curl, the
 * coreutils and a POSIX shell (dash, bash, BusyBox). It gives the verdicts of `assay stage`, its exit codes among them.
 *
 * What differs from script to script stands at its head, each value quoted; the rest is fixed text.
 */
import type { Digest } from '../../model/digest.ts';
import { wireUrlText } from '../../model/wire-url.ts';
import { shellComment, shellQuote } from '../shell-quote.ts';
import { imageFunction, imageLine, type FetchImage } from './image-function.ts';
import { imageShell } from './image-shell.ts';
import { itemShell } from './item-shell.ts';
import { mirrorLines } from './mirror-lines.ts';
import { registryLines, type FetchRegistry } from './registry-lines.ts';
import { anonymousShell, registryShell } from './registry-shell.ts';
import { sharedShell } from './shared-shell.ts';
import { resumeShell } from './resume-shell.ts';
import { runShell } from './run-shell.ts';
import { transferShell } from './transfer-shell.ts';

export interface FetchItem {
  /** Its file's name in the directory. */
  readonly name: string;
  readonly url: string;
  /** Asked in this order where it cannot be had from there; never because of what was sent. */
  readonly otherUrls?: readonly string[] | undefined;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface FetchOptions {
  readonly directory: string;
  /** Where this file exists, there is nothing to do. */
  readonly installedFile: string;
  /** Files at the same time. */
  readonly jobs: number;
  /** How often to try without getting at least 64 KiB further. */
  readonly attempts: number;
  /** How long a server may send nothing to speak of. */
  readonly stallTimeoutMs: number;
  /** After the first attempt that failed; twice as long after each further one. */
  readonly retryPauseMs: number;
  /** How long to wait for another run in the directory. */
  readonly lockTimeoutMs: number;
  /** A mirror may be reached by plain HTTP: the digests vouch for what comes. */
  readonly allowsHttp: boolean;
  /** PEM: by whom the mirrors' certificates must be, in place of whom the VM trusts. */
  readonly mirrorCa?: string | undefined;
  /** The URLs of the mirrors, a registry among them: `mirrorCa` vouches for their hosts, and for no other. */
  readonly mirrors?: readonly string[] | undefined;
  /** Where the files are blobs of one. */
  readonly registry?: FetchRegistry | undefined;
  /** Archives of container images, fetched where all is installed, too. */
  readonly images?: readonly FetchImage[] | undefined;
}

export const defaultFetchOptions = {
  jobs: 4,
  attempts: 5,
  stallTimeoutMs: 30_000,
  retryPauseMs: 1_000,
  lockTimeoutMs: 600_000,
  allowsHttp: false,
} as const;

/** `title`: for people, in the script's head. Throws UsageError `USAGE` for text that no shell can hold. */
export function renderFetchScript(items: readonly FetchItem[], options: FetchOptions, title: string): string {
  return [
    '#!/bin/sh',
    shellComment(title),
    '# Written by assay. Needs curl and the coreutils; openssl, where there is one, hashes what is large. Run again, it goes',
    '# on where it was cut.',
    '# Exit codes: 0 all is there and right, 2 usage or disk, 4 network, 5 refused by size or digest.',
    '#',
    '# The functions that traps call are reachable.',
    '# shellcheck disable=SC2317',
    // One command: a script that was cut on its way here is a syntax error, and nothing of it is run.
    '{',
    sharedShell,
    fetchShell(items, options, fetchFunctions(options)).trimEnd(),
    '}',
    '',
  ].join('\n');
}

/** The fixed text of the script, for `fetchShell`. */
export function fetchFunctions({ registry, images = [] }: Pick<FetchOptions, 'registry' | 'images'>): string {
  const demands = registry === undefined ? anonymousShell : registryShell;
  const archives = images.length === 0 ? [] : [imageShell];
  return [itemShell, resumeShell, transferShell, demands, ...archives, runShell].join('\n');
}

/** What does the work, below `sharedShell`, in a shell or subshell of its own: it ends with `exit`. */
export function fetchShell(items: readonly FetchItem[], options: FetchOptions, functions: string): string {
  const seconds = (ms: number) => String(Math.ceil(ms / 1000));
  // The largest first: what is begun last is then soon done.
  const sorted = items.toSorted((one, other) => other.sizeBytes - one.sizeBytes);
  const { images = [] } = options;
  const count = items.length + images.length;
  return [
    'set +e -u',
    'LC_ALL=C',
    'export LC_ALL',
    'umask 022',
    '',
    `dir=${shellQuote(options.directory)}`,
    `installed=${shellQuote(options.installedFile)}`,
    `jobs=${Math.min(options.jobs, Math.max(count, 1))}`,
    `attempts=${options.attempts}`,
    `stall_seconds=${seconds(options.stallTimeoutMs)}`,
    `pause_seconds=${seconds(options.retryPauseMs)}`,
    `lock_seconds=${seconds(options.lockTimeoutMs)}`,
    ...mirrorLines(options.mirrorCa, options.mirrors),
    `protocols=${options.allowsHttp ? "'=http,https'" : "'=https'"}`,
    ...registryLines(
      options.registry,
      images.flatMap(({ repository }) => repository ?? []),
    ),
    '',
    `image_programs=${images.length === 0 ? "''" : "'cmp head tail'"}`,
    ...images.flatMap((image, index) => ['', imageFunction(image, index)]),
    '',
    'list() {',
    ...images.map((image, index) => `\t${imageLine(image, index)}`),
    ...(images.length === 0 ? ['\t:'] : ['\tif [ -e "$installed" ]; then return; fi']),
    ...sorted.map(
      ({ name, url, otherUrls = [], digest, sizeBytes }) =>
        `\titem ${[name, wireUrlText(url), digest, String(sizeBytes), ...otherUrls.map(wireUrlText)].map(shellQuote).join(' ')}`,
    ),
    '}',
    '',
    functions,
  ].join('\n');
}

/**
 * User-data: the first boot of a VM as one POSIX shell script, for cloud-init or by hand. It names the host, waits for
 * the registration server, fetches and verifies the artifacts, extracts the vmconfig tarball, writes what the VM is
 * told about itself, and has the scripts of vmconfig do the rest. Where all is installed already, as in a machine image,
 * it configures.
 *
 * Secrets are in the script, and go from there into files by way of the shell's own printf: none is ever an argument
 * of a program, or in what is printed.
 */
import { entriesOf } from '../formats/own/manifest-entries.ts';
import { stubKey } from '../formats/own/manifest-schema.ts';
import type { Manifest } from '../formats/own/manifest.ts';
import { vmconfigTarball, vmPaths } from '../formats/own/vm-paths.ts';
import type { Digest } from '../model/digest.ts';
import { UsageError } from '../model/errors.ts';
import { wireUrlText } from '../model/wire-url.ts';
import { renderEnvironmentFile } from './environment-file.ts';
import {
  fetchFunctions,
  fetchShell,
  type FetchItem,
  type FetchOptions,
} from './fetch-script/fetch-script.ts';
import { shellComment, shellQuote } from './shell-quote.ts';
import { bootShell } from './user-data-shell.ts';
import type { UserDataValues } from './user-data-values.ts';
import { vmconfigEnvironment } from './vmconfig-environment.ts';

/** A tarball that stands in for the one that a manifest under development has not got yet. */
export interface VmconfigTarball {
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface UserDataInput {
  readonly manifest: Manifest;
  /** What is staged of it, the vmconfig tarball among them unless `vmconfig` gives that. */
  readonly items: readonly FetchItem[];
  readonly vmconfig?: VmconfigTarball | undefined;
  readonly values: UserDataValues;
  readonly fetch: Omit<FetchOptions, 'directory' | 'installedFile'>;
  /** Before every path, for tests; a VM has none. */
  readonly root?: string;
}

/** Throws UsageError `USAGE` where there is no vmconfig tarball, and for text that no shell can hold. */
export function renderUserData({
  manifest,
  items,
  vmconfig,
  values,
  fetch,
  root = '',
}: UserDataInput): string {
  const { version, kind, os } = manifest.vmconfig;
  const at = (path: string) => shellQuote(`${root}${path}`);
  const options = {
    ...fetch,
    directory: `${root}${vmPaths.artifacts}`,
    installedFile: `${root}${vmPaths.installed}`,
  };
  return [
    '#!/bin/sh',
    shellComment(`First boot of ${kind} ${os.name} ${os.arch}, vmconfig ${version}.`),
    '# Written by assay, which has the comments. It holds secrets. Run again, it does what is left to do, and nothing',
    '# once that is all done.',
    '# Exit codes: 0 done, 1 a script of vmconfig failed, 2 usage or disk, 4 network, 5 refused by size or digest.',
    '#',
    '# The functions that traps call are reachable, what a subshell sets is its own, and scripts for another are text.',
    '# shellcheck disable=SC2016,SC2030,SC2031,SC2317',
    'set -eu',
    'umask 077',
    'LC_ALL=C',
    'export LC_ALL',
    '',
    `root=${shellQuote(root)}`,
    `artifacts=${at(vmPaths.artifacts)}`,
    `installed=${at(vmPaths.installed)}`,
    `scripts=${at(vmPaths.scripts)}`,
    `settings=${at(vmPaths.settings)}`,
    `identity=${at(vmPaths.identity)}`,
    `lock_seconds=${Math.ceil(fetch.lockTimeoutMs / 1000)}`,
    ...valueLines(values),
    '',
    '# Secrets: each is printed into its file, and nowhere else.',
    printer('print_environment', renderEnvironmentFile(vmconfigEnvironment(values))),
    printer('print_nonce', values.nonce === undefined ? '' : `${values.nonce}\n`),
    printer('print_ca', values.caCertificate ?? ''),
    '',
    '# Only ever in the background: its names, its traps and its exit are its own.',
    'fetch_artifacts() {',
    fetchShell(withTarball(manifest, items, vmconfig), options, brief(fetchFunctions(options))).trimEnd(),
    '}',
    '',
    brief(bootShell),
  ].join('\n');
}

/** Fixed text without its comments: providers take 16 KiB, and a third of it they would be. */
function brief(shell: string): string {
  return shell.replaceAll(/^\t*# .*\n/gm, '');
}

function valueLines({
  hostname,
  sshUser,
  sshAuthorizedKeys = [],
  registration,
  nonce,
  caCertificate,
}: UserDataValues) {
  return [
    `host_name=${shellQuote(hostname)}`,
    `ssh_user=${shellQuote(sshUser)}`,
    `ssh_keys=${shellQuote(sshAuthorizedKeys.map((key) => `${key}\n`).join(''))}`,
    `registration_url=${shellQuote(registration === undefined ? '' : wireUrlText(registration.url))}`,
    `registration_seconds=${Math.ceil((registration?.timeout ?? 0) / 1000)}`,
    `has_nonce=${nonce === undefined ? "''" : 'yes'}`,
    `has_ca=${caCertificate === undefined ? "''" : 'yes'}`,
  ];
}

function printer(name: string, text: string): string {
  return `${name}() {\n\tprintf %s ${shellQuote(text)}\n}`;
}

function withTarball(
  manifest: Manifest,
  items: readonly FetchItem[],
  tarball: VmconfigTarball | undefined,
): readonly FetchItem[] {
  const hasOwn = entriesOf(manifest).some(({ slot, name }) => slot === 'dependency' && name === stubKey);
  if (tarball !== undefined) {
    if (!hasOwn) return [...items, { name: vmconfigTarball, ...tarball }];
    throw new UsageError('USAGE', 'the manifest has a vmconfig tarball of its own', {
      hint: 'Leave --vmconfig-url out, or give a manifest under development.',
    });
  }
  if (hasOwn && items.some(({ name }) => name === vmconfigTarball)) return items;
  throw new UsageError('USAGE', 'the manifest has no vmconfig tarball: a VM could not be installed from it', {
    hint: 'Give one with --vmconfig-url, --vmconfig-digest and --vmconfig-size.',
  });
}

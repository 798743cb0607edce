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
import type { FetchRegistry } from './fetch-script/registry-lines.ts';
import type { FetchImage } from './fetch-script/image-function.ts';
import { asTemplate } from './go-template.ts';
import { renderCompressed } from './compressed-script.ts';
import { shellComment, shellQuote } from './shell-quote.ts';
import { dataOf, filledValues, readerOf, type FilledValue } from './user-data-filled.ts';
import { filledShell } from './user-data-filled-shell.ts';
import { bootShell, bootSteps } from './user-data-shell.ts';
import { proxyLines, proxyVariables } from './user-data-proxy.ts';
import type { UserDataValues } from './user-data-schema.ts';
import { vmconfigEnvironment } from './vmconfig-environment.ts';

/** A tarball that stands in for the one that a manifest under development has not got yet. */
export interface VmconfigTarball {
  readonly url: string;
  readonly otherUrls?: readonly string[] | undefined;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface UserDataInput {
  readonly manifest: Manifest;
  /** What is staged of it, the vmconfig tarball among them unless `vmconfig` gives that. */
  readonly items: readonly FetchItem[];
  readonly vmconfig?: VmconfigTarball | undefined;
  readonly values: UserDataValues;
  /** Filled in for each VM, by Go's text/template: the values may have fields in them. */
  readonly isTemplate?: boolean | undefined;
  /** Compressed within, for providers that take little. */
  readonly isCompressed?: boolean | undefined;
  readonly fetch: Omit<FetchOptions, 'directory' | 'installedFile'>;
  /** Before every path, for tests; a VM has none. */
  readonly root?: string;
}

/**
 * Throws UsageError `USAGE` where there is no vmconfig tarball and the VM is not one for development, and for text that no
 * shell can hold.
 */
export function renderUserData(input: UserDataInput): string {
  const { values, isTemplate = false, isCompressed = false } = input;
  const environment = vmconfigEnvironment(values);
  const filled = isTemplate ? filledValues(values, environment) : [];
  const plain = renderScript(input, environment, filled);
  const script = isCompressed ? renderCompressed(plain) : plain;
  if (!isTemplate) return script;
  return asTemplate(script) + (filled.length === 0 ? '' : dataOf(filled));
}

function renderScript(
  { manifest, items, vmconfig, values, fetch, root = '' }: UserDataInput,
  environment: Readonly<Record<string, string>>,
  filled: readonly FilledValue[],
): string {
  const { version, kind, os } = manifest.vmconfig;
  const at = (path: string) => shellQuote(`${root}${path}`);
  const options = {
    ...fetch,
    registry: withCredentials(fetch.registry, values),
    mirrorCa: values.mirror?.caCertificate,
    directory: `${root}${vmPaths.artifacts}`,
    installedFile: `${root}${vmPaths.installed}`,
  };
  const all = withTarball(manifest, items, vmconfig, values);
  const { images = [] } = fetch;
  return [
    '#!/bin/sh',
    shellComment(`First boot of ${kind} ${os.name} ${os.arch}, vmconfig ${version}.`),
    '# Written by assay, which has the comments. It holds secrets. Run again, it does what is left to do, and nothing',
    '# once that is all done.',
    '# Exit codes: 0 done, 1 a script of vmconfig failed, 2 usage or disk, 4 network, 5 refused by size or digest.',
    '#',
    '# The functions that traps call are reachable, what a subshell sets is its own, and scripts for another are text.',
    '# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2317',
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
    `has_images=${images.length === 0 ? "''" : 'yes'}`,
    `is_development=${all.some(({ name }) => name === vmconfigTarball) ? "''" : 'yes'}`,
    ...valueLines(values, filled),
    ...proxyLines(values),
    '',
    '# Secrets: each is printed into its file, and nowhere else.',
    ...printers(values, environment, filled),
    '',
    ...(images.length === 0 ? [] : [printer('list_images', ...images.map(importLine)), '']),
    '# Only ever in the background: its names, its traps and its exit are its own.',
    'fetch_artifacts() {',
    fetchShell(all, options, brief(fetchFunctions(options))).trimEnd(),
    '}',
    '',
    brief(bootShell),
    ...(filled.length === 0 ? [] : [brief(filledShell), readerOf(filled), 'read_values', '']),
    bootSteps,
    ...(filled.length === 0 ? [] : ['exit 0', '', '']),
  ].join('\n');
}

function importLine({ name, image }: FetchImage): string {
  return `import_image ${[name, image.name, image.manifest.digest].map(shellQuote).join(' ')}`;
}

function withCredentials(registry: FetchRegistry | undefined, { registry: credentials }: UserDataValues) {
  if (registry !== undefined) return { ...registry, credentials };
  if (credentials === undefined) return undefined;
  throw new UsageError(
    'USAGE',
    'the values have a password for a registry, and nothing is fetched from one',
    {
      hint: 'Take it out of the values.',
    },
  );
}

/** Fixed text without its comments: providers take 16 KiB, and a third of it they would be. */
function brief(shell: string): string {
  return shell.replaceAll(/^\t*# .*\n/gm, '');
}

function valueLines(
  { hostname, sshUser, sshAuthorizedKeys = [], registration, nonce, caCertificate }: UserDataValues,
  filled: readonly FilledValue[],
): readonly string[] {
  const lines = {
    hostname: `host_name=${shellQuote(hostname)}`,
    sshAuthorizedKeys: `ssh_keys=${shellQuote(sshAuthorizedKeys.map((key) => `${key}\n`).join(''))}`,
    'registration.url': `registration_url=${shellQuote(registration === undefined ? '' : wireUrlText(registration.url))}`,
  };
  const isFilled = (name: string) => filled.some((one) => one.name === name);
  return [
    ...Object.entries(lines).flatMap(([name, line]) => (isFilled(name) ? [] : [line])),
    `ssh_user=${shellQuote(sshUser)}`,
    `registration_seconds=${registration === undefined ? "''" : registrationSeconds(registration)}`,
    `has_nonce=${nonce === undefined ? "''" : 'yes'}`,
    `has_ca=${caCertificate === undefined ? "''" : 'yes'}`,
  ];
}

/** Nothing for ever, as podplane's own script waits for a port. */
function registrationSeconds({ url, timeout }: NonNullable<UserDataValues['registration']>): string {
  const usual = url.startsWith('tcp:') ? 'never' : 600_000;
  const waits = timeout ?? usual;
  return waits === 'never' ? "''" : String(Math.ceil(waits / 1000));
}

function printers(
  { nonce, caCertificate = '', proxy = {} }: UserDataValues,
  environment: Readonly<Record<string, string>>,
  filled: readonly FilledValue[],
): readonly string[] {
  const isFilled = (name: string) => filled.some((one) => one.name === name);
  const constant = (text: string) => `printf %s ${shellQuote(text)}`;
  const variables = Object.entries(environment).map(([name, text]) =>
    isFilled(`env.${name}`)
      ? `print_variable ${name} "$env_${name}"`
      : constant(renderEnvironmentFile({ [name]: text })),
  );
  const line = (variable: string) => `printf '%s\\n' "$${variable}"`;
  return [
    printer('print_environment', ...variables),
    printer(
      'print_nonce',
      isFilled('nonce') ? line('nonce') : constant(nonce === undefined ? '' : `${nonce}\n`),
    ),
    printer('print_ca', isFilled('caCertificate') ? line('ca') : constant(caCertificate)),
    printer('print_proxies', constant(renderEnvironmentFile(proxyVariables(proxy)))),
  ];
}

function printer(name: string, ...commands: readonly string[]): string {
  return [`${name}() {`, ...commands.map((command) => `\t${command}`), '}'].join('\n');
}

function withTarball(
  manifest: Manifest,
  items: readonly FetchItem[],
  tarball: VmconfigTarball | undefined,
  { env }: UserDataValues,
): readonly FetchItem[] {
  const hasOwn = entriesOf(manifest).some(({ slot, name }) => slot === 'dependency' && name === stubKey);
  if (tarball !== undefined) {
    if (!hasOwn) return [...items, { name: vmconfigTarball, ...tarball }];
    throw new UsageError('USAGE', 'the manifest has a vmconfig tarball of its own', {
      hint: 'Leave --vmconfig-url out, or give a manifest under development.',
    });
  }
  if (hasOwn && items.some(({ name }) => name === vmconfigTarball)) return items;
  // A developer's own VM is given the scripts of vmconfig by him.
  if (!hasOwn && env['PROVIDER_KIND'] === 'local') return items;
  throw new UsageError('USAGE', 'the manifest has no vmconfig tarball: a VM could not be installed from it', {
    hint:
      'Give one with --vmconfig-url, --vmconfig-digest and --vmconfig-size; or, for a VM that vmconfig is brought to by ' +
      'hand, PROVIDER_KIND: local.',
  });
}

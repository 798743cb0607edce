/** `assay render user-data`: a VM's first boot, as a script or as cloud-config. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { stubKey } from '../formats/own/manifest-schema.ts';
import { mirrorUrl } from '../formats/own/mirror-layout.ts';
import { isOciPlace } from '../formats/own/oci-place.ts';
import { vmPaths } from '../formats/own/vm-paths.ts';
import { decodeUtf8 } from '../formats/text/utf8.ts';
import { createFileStore } from '../io/file-store.ts';
import { parseDigest } from '../model/digest.ts';
import { UsageError } from '../model/errors.ts';
import { renderCloudConfig } from '../render/cloud-config.ts';
import { hasAction } from '../render/go-template.ts';
import { certificatesIn, type UserDataValues } from '../render/user-data-schema.ts';
import { parseUserDataValues, userDataValuesOf, type ValueOverrides } from '../render/user-data-values.ts';
import { renderUserData, type VmconfigTarball } from '../render/user-data.ts';
import { vmconfigWarnings } from '../render/vmconfig-environment.ts';
import { isCertificate } from '../verify/certificates.ts';
import { artifactUrlSchema } from '../formats/text/https-url.ts';
import type { Host } from './shared/host.ts';
import {
  addRenderedImagesOptions,
  renderedImages,
  type RenderedImagesFlags,
} from './shared/rendered-images.ts';
import { readRequired } from './shared/input-files.ts';
import { collectFile } from './shared/options.ts';
import {
  addFromOption,
  withRenderedFiles,
  type FromFlags,
  type RenderedFiles,
} from './shared/rendered-files.ts';
import {
  addFetchOptions,
  addOutputFileOption,
  fetchOptionsOf,
  refuseInputAsOutput,
  writeResult,
  type OutputFileFlags,
} from './shared/rendering.ts';

interface Flags extends OutputFileFlags, FromFlags, RenderedImagesFlags {
  readonly format: 'script' | 'compressed' | 'cloud-config';
  readonly template?: true;
  readonly values?: string;
  readonly hostname?: string;
  readonly sshUser?: string;
  readonly sshKeyFile?: readonly string[];
  readonly registrationUrl?: string;
  readonly nonceFile?: string;
  readonly caFile?: string;
  readonly vmconfigUrl?: string;
  readonly vmconfigDigest?: string;
  readonly vmconfigSize?: number;
}

/** Of what a large provider takes, before base64. */
const usualLimitBytes = 16 * 1024;

export function registerRenderUserData(parent: Command, host: Host): void {
  const command = parent
    .command('user-data')
    .summary("a VM's first boot: fetch, verify, extract, install, configure")
    .description(
      'Writes the script of a first boot, with what the VM is told about itself: by --values (docs/vm.md), or by ' +
        'flags, which count more. The result holds secrets: a file gets the mode 0600.',
    )
    .argument('[manifest]', '<kind>.<os>.<arch>.json')
    .addOption(
      new Option('--format <form>', 'what cloud-init is given')
        .choices(['script', 'compressed', 'cloud-config'])
        .default('script'),
    )
    .option('--template', 'fields like {{ .Instance.ID }} in the values are filled in later, for each VM')
    .option(
      '--values <file>',
      'YAML: hostname, sshUser, sshAuthorizedKeys, registration, nonce, caCertificate, env, proxy, mirror, registry',
    )
    .option('--hostname <name>', "the VM's name")
    .option('--ssh-user <name>', 'whose authorized_keys (default: root)')
    .option('--ssh-key-file <file>', 'a public SSH key; repeatable', collectFile)
    .option('--registration-url <url>', 'wait until it answers')
    .option('--nonce-file <file>', 'the JSON Web Token that the VM registers with')
    .option('--ca-file <file>', "PEM: whose certificate the registration server's must be")
    .option('--vmconfig-url <url>', 'the vmconfig tarball, for a manifest under development, which has none')
    .option('--vmconfig-digest <digest>', 'sha256:… or sha512:…')
    .option('--vmconfig-size <bytes>', 'its size', parseSize);
  addFromOption(addFetchOptions(addRenderedImagesOptions(addOutputFileOption(command))));
  command.addHelpText(
    'after',
    '\nExample:\n  assay render user-data manifests/knd.debian-13.amd64.json --values node-1.yaml \\\n' +
      '    --format cloud-config --output user-data',
  );
  command.action(async (file: string | undefined, flags: Flags) => {
    await run(file, flags, host);
  });
}

async function run(file: string | undefined, flags: Flags, host: Host): Promise<void> {
  await refuseInputAsOutput(flags.output, file === undefined ? [] : [file]);
  if (flags.template === true && flags.format === 'cloud-config') {
    throw new UsageError('USAGE', '--template: what is compressed within cloud-config cannot be filled in', {
      hint: 'Give --format script, or --format compressed.',
    });
  }
  await withRenderedFiles(file, flags, host, (files) => render(files, file, flags, host));
}

async function render(
  { manifest, registry, store, items }: RenderedFiles,
  file: string | undefined,
  flags: Flags,
  host: Host,
): Promise<void> {
  const values = await readValues(flags);
  requireMirrors(values, flags);
  const fallback = values.mirror?.fallback;
  // The store knows of the first one.
  const first = store === undefined ? flags.mirrorBase : undefined;
  const bases = [first, fallback].filter((base) => base !== undefined);
  const images = await renderedImages(manifest, flags, { file, bases, store });
  const script = renderUserData({
    ...{ manifest, values, isTemplate: flags.template, isCompressed: flags.format === 'compressed' },
    items: await items({}, fallback),
    vmconfig: tarballOf(flags, manifest.vmconfig.version, fallback),
    fetch: { ...fetchOptionsOf(flags, { fallback, registry }), images },
  });
  const text = flags.format === 'cloud-config' ? renderCloudConfig(script, vmPaths.userData) : script;
  await writeResult(text, flags, host, 0o600);
  const reporter = host.reporter({ quiet: false, verbose: false });
  for (const warning of vmconfigWarnings(values, manifest.vmconfig.kind)) reporter.warn(warning);
  if (flags.template !== true && Object.values(values.env).some(hasAction))
    reporter.warn('env has "{{" in it, which is no field to be filled in without --template');
  const sizeBytes = new TextEncoder().encode(text).length;
  if (sizeBytes <= usualLimitBytes) return;
  const advice = flags.format === 'script' ? ': --format compressed is half as long' : '';
  reporter.warn(`it has ${sizeBytes} bytes, and some providers take ${usualLimitBytes} at the most${advice}`);
}

/** Throws UsageError `USAGE` and `VALUES_INVALID`. */
function requireMirrors({ mirror, caCertificate }: UserDataValues, { mirrorBase, from }: Flags): void {
  if (mirror !== undefined && mirrorBase === undefined && from === undefined) {
    throw new UsageError('USAGE', 'the values have a mirror, and there is no first one to ask', {
      hint: 'Name it with --mirror-base or --from.',
    });
  }
  requireCertificates('caCertificate', caCertificate);
  requireCertificates('mirror.caCertificate', mirror?.caCertificate);
}

/** PEM can hold anything: what is no certificate, curl would find out at the first boot. */
function requireCertificates(name: string, pem = ''): void {
  certificatesIn(pem).forEach((one, index) => {
    if (!isCertificate(one)) {
      throw new UsageError('VALUES_INVALID', `${name}: number ${index + 1} is no X.509 certificate`, {
        hint: 'openssl x509 -in FILE -noout -text shows one.',
      });
    }
  });
}

async function readValues(flags: Flags): Promise<UserDataValues> {
  const text = async (path: string | undefined) =>
    path === undefined
      ? undefined
      : decodeUtf8(await readRequired(path, createFileStore()), path, 'VALUES_INVALID');
  const keys = await Promise.all((flags.sshKeyFile ?? []).map(text));
  const overrides: ValueOverrides = {
    hostname: flags.hostname,
    sshUser: flags.sshUser,
    registrationUrl: flags.registrationUrl,
    sshAuthorizedKeys: flags.sshKeyFile && keys.flatMap((lines = '') => linesOf(lines)),
    nonce: (await text(flags.nonceFile))?.trimEnd(),
    caCertificate: await text(flags.caFile),
  };
  const file = await text(flags.values);
  const options = { isTemplate: flags.template === true };
  if (file === undefined || flags.values === undefined) return userDataValuesOf(overrides, options);
  return parseUserDataValues(file, flags.values, overrides, options);
}

/** Of an authorized_keys: without comments and empty lines. */
function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Where there is a mirror, it is asked for this too, in the place of a dependency. */
function tarballOf(
  { mirrorBase, vmconfigUrl, vmconfigDigest, vmconfigSize }: Flags,
  version: string,
  fallback: string | undefined,
): VmconfigTarball | undefined {
  if (vmconfigUrl === undefined && vmconfigDigest === undefined && vmconfigSize === undefined)
    return undefined;
  if (vmconfigUrl === undefined || vmconfigDigest === undefined || vmconfigSize === undefined) {
    throw new UsageError(
      'USAGE',
      'of --vmconfig-url, --vmconfig-digest and --vmconfig-size, one is missing',
      {
        hint: 'Nothing is fetched without a size and a digest to hold it against.',
      },
    );
  }
  const url = artifactUrlSchema.safeParse(vmconfigUrl);
  if (!url.success) {
    throw new UsageError('USAGE', `--vmconfig-url: ${url.error.issues[0]?.message ?? 'is no URL'}`);
  }
  const at = (base: string) => mirrorUrl(base, { key: stubKey, version, url: url.data });
  return {
    // A registry has what was pushed, and that not.
    url: mirrorBase === undefined || isOciPlace(mirrorBase) ? url.data : at(mirrorBase),
    otherUrls: fallback === undefined ? [] : [at(fallback)],
    digest: parseDigest(vmconfigDigest),
    sizeBytes: vmconfigSize,
  };
}

function parseSize(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new InvalidArgumentError('Write a whole number of bytes.');
  return Number(text);
}

/** `assay package`: a release of a VM's own configuration, the same bytes wherever it is made. */
import { join } from 'node:path';
import type { DocumentOf } from '../formats/own/documents/documents.ts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { manifestFileName } from '../formats/own/manifest.ts';
import { manifestVersionSchema } from '../formats/own/manifest-schema.ts';
import { storedGzip } from '../formats/upstream/stored-gzip.ts';
import { createFileStore } from '../io/file-store.ts';
import { ensureDirectory } from '../io/files.ts';
import { enterPrivateDirectory } from '../io/private-directory.ts';
import { requireOutside, writePackedFile, type PackedFile } from '../io/packed-file.ts';
import { defaultLockTimeoutMs } from '../io/staging-directory.ts';
import { writeTar, type TarInput } from '../io/tar-writing.ts';
import { architectureSchema } from '../model/artifact.ts';
import { UsageError } from '../model/errors.ts';
import { printableUrlText } from '../model/url-text.ts';
import type { Reporter } from '../model/ports.ts';
import {
  mergeChecksums,
  packageNames,
  releasedManifest,
  type PackageNames,
} from '../pipeline/package/package.ts';
import { digestOf } from '../verify/digest.ts';
import type { Host } from './shared/host.ts';
import { readManifest } from './shared/input-files.ts';
import { addOutputOptions, parseTime } from './shared/options.ts';
import { packageEntries } from './shared/package-content.ts';
import { readPackageDefaults, type PackageFlags } from './shared/package-defaults.ts';
import { addLockOption } from './shared/staging.ts';

export function definePackage(command: Command, host: Host): void {
  command
    .description(
      'Packs a root-relative tree with its manifest and install plan into vmconfig_<version>_<kind>_<os>_<arch>.tar.gz, ' +
        'beside it the release manifest that names it, and adds both to vmconfig_<version>_checksums.txt. The same ' +
        'tree gives the same bytes on every machine.',
    )
    .requiredOption('--kind <kind>', 'the kind of VM, as in the manifest')
    .addOption(
      new Option('--arch <arch>', 'the architecture, as in the manifest')
        .choices(architectureSchema.options)
        .makeOptionMandatory(),
    )
    .option('--os <os>', "for example debian-13 (default: the catalogue's, if it has one only)")
    .requiredOption('--tree <dir>', 'what is put below the root of the VM')
    .requiredOption('--version <version>', "the release's, without a leading v", parseVersion)
    .requiredOption('--out <dir>', 'where to')
    .option(
      '--base-url <url>',
      "where the tarball will be published (default: the catalogue's vmconfig source)",
    )
    .option('--manifests-dir <dir>', 'the resolved manifests', 'manifests')
    .option('--catalogue <file>', 'for the defaults (default: catalogue.yaml in the manifests directory)')
    .addOption(
      new Option(
        '--mtime <time>',
        'of every file, ISO 8601 with a zone (default: SOURCE_DATE_EPOCH, or 1970-01-01T00:00:00Z)',
      ).argParser(parseTime),
    );
  addOutputOptions(addLockOption(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay package --kind knc --arch amd64 --tree root --version 1.4.0 --out dist',
  );
  command.action(async (flags: PackageFlags) => {
    await run(flags, host);
  });
}

async function run(flags: PackageFlags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const { os, baseUrl } = await readPackageDefaults(flags);
  const source = join(flags.manifestsDir, manifestFileName(flags.kind, os, flags.arch));
  const { manifest } = await readManifest(source);
  const names = packageNames(flags.version, manifest);
  const url = `${parseBaseUrl(baseUrl)}/${names.tarball}`;
  // What it writes would be in the next package.
  await requireOutside(flags.tree, flags.out);
  const entries = await packageEntries(flags, manifest);

  await ensureDirectory(flags.out);
  const tarball = await writePackedFile(
    join(flags.out, names.tarball),
    storedGzip(writeTar(entries, modificationTime(flags, host))),
  );
  const { digest, sizeBytes } = tarball;
  try {
    const released = releasedManifest(manifest, flags.version, { url, digest, sizeBytes });
    await alone(flags, reporter, () => publish(flags.out, names, tarball, released));
  } finally {
    await tarball.file.discard();
  }
  if (flags.json === true) {
    await host.out.document('package', documentOf(names, tarball, url, entries, flags.out));
  }
  reporter.info(`${names.tarball}  ${sizeBytes} bytes, ${entries.length} entries, ${digest}`);
  reporter.info(names.manifest);
  reporter.info(names.checksums);
}

/** Another run's lines of the checksum file may come between reading and writing it. Throws UsageError `LOCKED`. */
async function alone(flags: PackageFlags, reporter: Reporter, use: () => Promise<void>): Promise<void> {
  const lock = await enterPrivateDirectory(flags.out, {
    timeoutMs: flags.lockTimeout ?? defaultLockTimeoutMs,
    onWait: () => {
      reporter.warn(`another run is writing to ${flags.out}: waiting for it`);
    },
  });
  try {
    await use();
  } finally {
    await lock.release();
  }
}

/** Throws UsageError `STATE_INVALID` and `FILE_UNWRITABLE`. */
async function publish(
  directory: string,
  names: PackageNames,
  tarball: PackedFile,
  released: Uint8Array,
): Promise<void> {
  const store = createFileStore();
  const checksumsFile = join(directory, names.checksums);
  const files = { [names.tarball]: tarball.digest, [names.manifest]: digestOf('sha512', released) };
  const checksums = mergeChecksums(await store.read(checksumsFile), files, checksumsFile);
  // The tarball before what names it.
  await tarball.file.commit();
  await store.replaceAll([
    { path: join(directory, names.manifest), bytes: released },
    { path: checksumsFile, bytes: checksums },
  ]);
}

/** https://reproducible-builds.org/specs/source-date-epoch/. Throws UsageError `USAGE`. */
function modificationTime(flags: PackageFlags, host: Host): Date {
  const epoch = host.env['SOURCE_DATE_EPOCH'] ?? '0';
  const seconds = flags.mtime === undefined ? Number(epoch) : Math.floor(flags.mtime.getTime() / 1000);
  const isPlain = flags.mtime !== undefined || /^\d{1,10}$/.test(epoch);
  // What eleven octal digits and a signed 32-bit number can both say.
  if (isPlain && seconds >= 0 && seconds < 2 ** 31) return new Date(seconds * 1000);
  throw new UsageError('USAGE', `no time that a tarball can have: ${flags.mtime?.toISOString() ?? epoch}`, {
    hint: 'SOURCE_DATE_EPOCH is a number of seconds since 1970; files can be dated until 2038.',
  });
}

function parseVersion(text: string): string {
  const version = manifestVersionSchema.safeParse(text);
  if (version.success) return version.data;
  throw new InvalidArgumentError(
    'It must be a version without a leading "v", of letters, digits and ".+~_-".',
  );
}

/** Throws UsageError `USAGE`. */
function parseBaseUrl(text: string): string {
  const url = httpsUrlSchema.safeParse(text);
  if (url.success) return url.data;
  throw new UsageError(
    'USAGE',
    `--base-url ${printableUrlText(text)}: ${url.error.issues[0]?.message ?? ''}`,
  );
}

function documentOf(
  names: PackageNames,
  { digest, sizeBytes }: PackedFile,
  url: string,
  entries: readonly TarInput[],
  directory: string,
): DocumentOf<'package'> {
  return {
    directory,
    tarball: { name: names.tarball, url, digest, sizeBytes },
    manifest: names.manifest,
    checksums: names.checksums,
    entries: entries.map(({ path, type, mode }) => ({ path, type, mode: mode.toString(8).padStart(4, '0') })),
  };
}

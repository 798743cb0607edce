/** `assay fetch-deb`: one package through the whole apt chain, without a catalogue. */
import { Option, type Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { architectureSchema, type Architecture } from '../model/artifact.ts';
import { digestAlgorithm, digestHex } from '../model/digest.ts';
import { UsageError } from '../model/errors.ts';
import { stageFile } from '../pipeline/staging/stage-file.ts';
import { packageUrl } from '../sources/apt.ts';
import { AptSuite } from '../sources/apt-suite.ts';
import { choosePackage, verifiedArtifact } from '../verify/apt/package.ts';
import type { Host } from './shared/host.ts';
import { openKeyringFiles } from './shared/input-files.ts';
import { withNetwork, type Network } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  addTimeOption,
  collectFile,
  type NetworkFlags,
  type TimeFlags,
} from './shared/options.ts';
import { addLockOption, withStagingDirectory, type LockFlags } from './shared/staging.ts';
import type { Reporter } from '../model/ports.ts';

interface Flags extends NetworkFlags, TimeFlags, LockFlags {
  readonly repo: string;
  readonly suite: string;
  readonly component: string;
  readonly arch: Architecture;
  readonly keyring: readonly string[];
  readonly package: string;
  readonly version?: string;
  readonly codename?: string;
  readonly dir?: string;
}

export function defineFetchDeb(command: Command, host: Host): void {
  command
    .description(
      'InRelease signature -> Packages digest -> package digest. Prints what was resolved; with --dir, also ' +
        'downloads and verifies the .deb.',
    )
    .requiredOption('--repo <url>', "the repository's root", parseRepository)
    .requiredOption('--suite <name>', 'the suite or codename, the directory under dists/')
    .requiredOption('--component <name>', 'for example main')
    .addOption(
      new Option('--arch <name>', 'architecture').choices(architectureSchema.options).makeOptionMandatory(),
    )
    .requiredOption('--keyring <file>', 'keys that may vouch; repeatable', collectFile)
    .requiredOption('--package <name>', 'exactly')
    .option('--version <version>', 'exactly, with its epoch (default: the highest)')
    .option('--codename <name>', 'what the Release must say')
    .option('--dir <dir>', 'download the .deb to here');
  addOutputOptions(addTimeOption(addNetworkOptions(addLockOption(command))));
  command.addHelpText(
    'after',
    '\nExample:\n  assay fetch-deb --repo https://ftp.debian.org/debian --suite trixie --component main \\\n' +
      '    --arch amd64 --keyring trust/debian-archive.asc --package uidmap --dir .',
  );
  command.action(async (flags: Flags) => {
    const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
    await withNetwork(flags, host, reporter, (network) => run(flags, host, reporter, network));
  });
}

/** Whether it may be asked at all is judged where it is. Nothing of a query is shown: it may be somebody's signature. */
function parseRepository(text: string): string {
  if (!/[?#]/.test(text)) return text.replace(/\/+$/, '');
  throw new UsageError('USAGE', '--repo: the URL has a query or fragment', {
    hint: 'Write the root that dists/ is below, for example https://ftp.debian.org/debian.',
  });
}

async function run(flags: Flags, host: Host, reporter: Reporter, network: Network): Promise<void> {
  const now = flags.now ?? host.now();
  const uri = flags.repo;
  // Before anything is asked for.
  const keyring = await openKeyringFiles(flags.keyring, createFileStore());
  const location = {
    uri,
    expected: { suite: flags.suite, codename: flags.codename },
    keyring: () => Promise.resolve(keyring),
  };
  const suite = new AptSuite(location, { ...network, reporter, now });
  const { stanzas } = await suite.search(flags.component, flags.arch, new Set([flags.package]));
  const choice = choosePackage(stanzas, {
    package: flags.package,
    architecture: flags.arch,
    version: flags.version,
  });
  const { deb } = choice;
  const url = packageUrl(uri, deb.filename);
  const platform = { os: flags.suite, arch: flags.arch };
  const { subject } = verifiedArtifact(choice, { name: flags.package, platform, url });
  if (flags.dir !== undefined) {
    const name = deb.filename.slice(deb.filename.lastIndexOf('/') + 1);
    const item = { name, url, digest: subject.digest, sizeBytes: subject.sizeBytes };
    await withStagingDirectory(flags.dir, flags, reporter, (directory) =>
      stageFile(item, directory, network.fetcher),
    );
  }
  const { package: name, version, architecture, filename, sizeBytes: size } = deb;
  const document = {
    package: name,
    version,
    architecture,
    filename,
    size,
    [digestAlgorithm(deb.digest)]: digestHex(deb.digest),
    url,
  };
  if (flags.json === true) await host.out.document(document);
  else await host.out.lines(Object.entries(document).map(([key, value]) => `${key}: ${String(value)}`));
}

/** `assay fetch-deb`: one package through the whole apt chain, without a catalogue. */
import { Option, type Command } from 'commander';
import { readFields } from '../formats/upstream/deb822.ts';
import { architectureSchema, type Architecture } from '../model/artifact.ts';
import { digestAlgorithm, digestHex } from '../model/digest.ts';
import { UsageError } from '../model/errors.ts';
import type { VerificationResult } from '../model/verification.ts';
import { stageFile } from '../pipeline/staging/stage-file.ts';
import { suiteSchema } from '../sources/apt-spec.ts';
import { Gathering } from '../sources/gather.ts';
import { UpstreamStore } from '../sources/upstream-store.ts';
import { isFlat } from '../verify/apt/release.ts';
import { apt, type AptSubject } from '../verify/methods/apt.ts';
import { trustOf } from '../verify/given-trust.ts';
import type { TrustSource } from '../verify/method.ts';
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
  readonly component?: string;
  readonly arch: Architecture;
  readonly keyring?: readonly string[];
  readonly package: string;
  readonly version?: string;
  readonly codename?: string;
  readonly unnamed?: true;
  readonly dir?: string;
}

export function defineFetchDeb(command: Command, host: Host): void {
  command
    .description(
      "The Release's signature -> Packages digest -> package digest. Prints what was resolved; with --dir, also " +
        'downloads and verifies the .deb.',
    )
    .requiredOption('--repo <url>', "the repository's root", parseRepository)
    .requiredOption(
      '--suite <name>',
      'the suite or codename, the directory under dists/; of a flat repository ./ or path/',
      parseSuite,
    )
    .option('--component <name>', 'for example main; a flat repository has none')
    .addOption(
      new Option('--arch <name>', 'architecture').choices(architectureSchema.options).makeOptionMandatory(),
    )
    .option(
      '--keyring <file>',
      'keys that may vouch; repeatable (default: those for the repository that are pinned in trust/, or else that assay was released with)',
      collectFile,
    )
    .requiredOption('--package <name>', 'exactly')
    .option('--version <version>', 'exactly, with its epoch (default: the highest)')
    .option('--codename <name>', 'what the Release must say')
    .option('--unnamed', 'the Release names neither Suite nor Codename')
    .option('--dir <dir>', 'download the .deb to here');
  addOutputOptions(addTimeOption(addNetworkOptions(addLockOption(command))));
  command.addHelpText(
    'after',
    '\nExample:\n  assay fetch-deb --repo https://ftp.debian.org/debian --suite trixie --component main \\\n' +
      '    --arch amd64 --package uidmap --dir .',
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

function parseSuite(text: string): string {
  const parsed = suiteSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError('USAGE', `--suite ${parsed.error.issues[0]?.message ?? ''}`);
}

/** sources.list(5): a flat suite has no components, any other has some. */
function componentsOf({ suite, component = '' }: Flags): readonly string[] {
  if (isFlat({ suite }) === (component === '')) return component === '' ? [] : [component];
  throw isFlat({ suite })
    ? new UsageError('USAGE', `--component: a flat repository (--suite ${suite}) has no components`)
    : new UsageError('USAGE', `--component is missing: the suite ${suite} has components, for example main`);
}

async function run(flags: Flags, host: Host, reporter: Reporter, network: Network): Promise<void> {
  const now = flags.now ?? host.now();
  // Before anything is asked for.
  const { trust, signedBy } = await trustOfFlags(flags, now);
  const suite = {
    uri: flags.repo,
    suite: flags.suite,
    codename: flags.codename,
    isUnnamed: flags.unnamed,
    components: componentsOf(flags),
    signedBy,
  };
  const subject: AptSubject = {
    name: flags.package,
    package: flags.package,
    version: flags.version,
    platform: { os: flags.suite, arch: flags.arch },
    suites: [suite],
  };
  const store = new UpstreamStore({ ...network, reporter });
  const gathering = new Gathering(store, { trust, now });
  const { verified } = await gathering.judge(apt, { spec: { method: 'apt' }, subject, subjects: [subject] });
  const { url, version, digest, sizeBytes } = verified.subject;
  const { architecture, filename } = stanzaFields(verified.result);
  if (flags.dir !== undefined) {
    const item = { name: filename.slice(filename.lastIndexOf('/') + 1), url, digest, sizeBytes };
    await withStagingDirectory(flags.dir, flags, reporter, (directory) =>
      stageFile(item, directory, network.fetcher),
    );
  }
  const document = {
    package: flags.package,
    version,
    architecture,
    filename,
    size: sizeBytes,
    [digestAlgorithm(digest)]: digestHex(digest),
    url,
  };
  if (flags.json === true) await host.out.document('fetch-deb', document);
  else await host.out.lines(Object.entries(document).map(([key, value]) => `${key}: ${String(value)}`));
}

/** Keys of the user's own vouch for any repository; pinned ones for what is in their scope. */
async function trustOfFlags(
  { keyring, repo }: Flags,
  now: Date,
): Promise<{ readonly trust: TrustSource; readonly signedBy: string }> {
  if (keyring !== undefined)
    return { trust: trustOf({ keyring: await openKeyringFiles(keyring) }), signedBy: '--keyring' };
  // Loaded where it is wanted: a file of one's own has nothing to do with all kinds of anchors.
  const { openTrustFor } = await import('./shared/default-trust.ts');
  const { trust, anchor } = await openTrustFor(repo, now);
  return { trust, signedBy: anchor };
}

/** What a manifest does not have: the stanza stands last in the chain. */
function stanzaFields({ documents }: VerificationResult) {
  const stanza = documents.at(-1);
  if (stanza === undefined) throw new TypeError('a chain without a stanza');
  const { fields } = readFields(stanza.bytes, stanza.url);
  const valueOf = (name: string) => fields.get(name)?.value ?? '';
  return { architecture: valueOf('architecture'), filename: valueOf('filename') };
}

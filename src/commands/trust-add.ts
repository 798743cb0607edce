/** `assay trust add`: a key becomes a trust anchor, once it has the fingerprint that a person was told. */
import type { Command } from 'commander';
import { nameSchema } from '../formats/own/names.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { createFileStore } from '../io/file-store.ts';
import { UsageError } from '../model/errors.ts';
import { addAnchor, emptyTrust } from '../pipeline/trust/add-anchor.ts';
import { readTrust } from '../pipeline/trust/anchors.ts';
import { anchorKinds } from '../verify/anchors/registry.ts';
import type { Host } from './shared/host.ts';
import { readKey } from './shared/key-source.ts';
import { withNetwork } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  addTimeOption,
  collectFile,
  type NetworkFlags,
  type TimeFlags,
} from './shared/options.ts';

interface Flags extends NetworkFlags, TimeFlags {
  readonly trustDir: string;
  readonly fingerprint: readonly string[];
  readonly scope?: readonly string[];
  readonly learnt?: string;
}

export function registerTrustAdd(parent: Command, host: Host): void {
  const command = parent.command('add').summary('add a key as a trust anchor');
  command
    .description(
      "Reads a key (OpenPGP, minisign, or a public key in PEM, as cosign writes it) or the trusted root of GitHub's own " +
        'Sigstore (gh attestation trusted-root), compares it with the fingerprint ' +
        'that its publisher shows elsewhere, and writes its file and its pin together. A file with another key, or with ' +
        'one more, is refused (exit code 5), and nothing is written.',
    )
    .argument('<name>', 'what the catalogue calls it')
    .argument('<url|file>', 'where the key is published')
    .requiredOption(
      '--fingerprint <fingerprint>',
      'of each key in it; of minisign the key itself; of a key in PEM the SHA-256 of its DER form; of a trusted root the ' +
        'digest of its file, sha256:…; repeatable',
      collectFile,
    )
    .option('--scope <url>', 'URL prefix that a key may vouch for; repeatable', collectFile)
    .option('--learnt <text>', 'where the fingerprint was learnt')
    .option('--trust-dir <dir>', 'pinned trust anchors', 'trust');
  addOutputOptions(addTimeOption(addNetworkOptions(command)));
  command.addHelpText(
    'after',
    '\nExample:\n  assay trust add tool cosign.pub --scope https://github.com/owner/tool --fingerprint 9f86d081…0f00a08',
  );
  command.action(async (name: string, source: string, flags: Flags) => {
    await run(name, source, flags, host);
  });
}

async function run(name: string, source: string, flags: Flags, host: Host): Promise<void> {
  const { trustDir, fingerprint: fingerprints } = flags;
  if (!nameSchema.safeParse(name).success) {
    throw new UsageError('USAGE', `${JSON.stringify(name)} is no name: lower-case letters, digits and "-"`);
  }
  const scope = (flags.scope ?? []).map((text) => {
    const url = httpsUrlSchema.safeParse(text).data;
    if (url !== undefined) return url;
    throw new UsageError('USAGE', `--scope: ${JSON.stringify(text.slice(0, 200))} is no https URL`);
  });
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const files = createFileStore();
  const now = flags.now ?? host.now();
  const isNew = (await files.read(`${trustDir}/pins.yaml`)) === undefined;
  const trust = isNew ? emptyTrust(trustDir, anchorKinds) : await readTrust(trustDir, files);
  const bytes = await withNetwork(flags, host, reporter, ({ fetcher }) => readKey(source, fetcher));
  const learnt =
    flags.learnt ?? `Compared by whoever ran assay trust add, ${now.toISOString().slice(0, 10)}.`;
  const added = await addAnchor(trust, bytes, { name, source, scope, learnt }, { now, fingerprints });
  const { key, files: changes } = added;
  if (changes.length > 0) await files.replaceAll(changes);
  const isThere = changes.length === 0;
  reporter.info(
    isThere
      ? `${trustDir}/pins.yaml has it already`
      : `${trustDir}: ${name} (${key.type}, ${key.fingerprints.join(', ')}) may vouch for ${scope.join(', ') || 'identities that it certifies'}`,
  );
  if (flags.json === true) {
    const { type, fingerprints: found } = key;
    await host.out.document('trust-add', {
      name,
      type,
      fingerprints: found,
      scope,
      outcome: isThere ? 'there already' : 'added',
    });
  }
}

/** `assay diff OLD NEW`: what changed in manifests, and in why they are believed. */
import type { Command } from 'commander';
import type { Changes } from '../formats/own/changes.ts';
import { compareManifests } from '../pipeline/proofs/diff.ts';
import { renderAdvisories, renderAdvisoriesMarkdown } from '../render/advisories.ts';
import { renderChanges } from '../render/changes.ts';
import { changesMarkdown } from '../render/changes-markdown.ts';
import { UsageError } from '../model/errors.ts';
import {
  advisoriesOption,
  changedIn,
  findAdvisories,
  namesOption,
  openAdvisories,
  readNames,
  type AdvisoriesFlags,
} from './shared/advisories.ts';
import type { Host } from './shared/host.ts';
import { readManifestPlaces } from './shared/manifest-places.ts';
import { withNetwork } from './shared/network.ts';
import { addNetworkOptions, addOutputOptions, type NetworkFlags } from './shared/options.ts';

interface Flags extends NetworkFlags, AdvisoriesFlags {
  readonly markdown?: true;
  readonly exitCode?: true;
}

export function defineDiff(command: Command, host: Host): void {
  command
    .description(
      'Says what was added, removed and changed, most dangerous first: other bytes, assurance, signer, host, source ' +
        'repository, size by more than half; then versions. Each side is a manifest, a folder of manifests, or either ' +
        'at a revision of git: REV:PATH, or REV: for the path of the other side. Evidence is taken from evidence/ ' +
        'beside the manifests; nothing is judged anew, and nothing fetched but advisories, with --advisories osv.',
    )
    .argument('<old>', 'a manifest, a folder, REV:PATH or REV:')
    .argument('<new>', 'the same')
    .option('--markdown', 'print Markdown, as for a pull request')
    .option('--exit-code', 'exit 3 if anything differs')
    .addOption(advisoriesOption)
    .addOption(namesOption);
  addOutputOptions(addNetworkOptions(command));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay diff HEAD~1: manifests/\n  assay diff --markdown origin/main:manifests HEAD:manifests',
  );
  command.action(async (old: string, now: string, flags: Flags) => {
    await run(old, now, flags, host);
  });
}

async function run(old: string, now: string, flags: Flags, host: Host): Promise<void> {
  if (flags.json === true && flags.markdown === true) {
    throw new UsageError('USAGE', 'two forms of output are given', { hint: 'Give one of them.' });
  }
  const comparison = compareManifests(...(await readManifestPlaces(old, now, host)));
  const advisories = await advisoriesAbout(comparison, flags, host);
  if (flags.json === true) await host.out.document('changes', { version: 1, ...comparison, advisories });
  else if (flags.markdown === true) {
    const about = advisories?.length ? ['### Advisories', renderAdvisoriesMarkdown(advisories)] : [];
    await host.out.lines([...changesMarkdown(comparison), ...about].join('\n\n').split('\n'));
  } else {
    const about = advisories?.length
      ? ['', 'advisories', ...renderAdvisories(advisories, host.out.width())]
      : [];
    await host.out.lines([...renderChanges(comparison, host.out.width()), ...about]);
  }
  if (flags.exitCode === true && comparison.changes.length > 0) host.setExitCode(3);
}

async function advisoriesAbout({ changes }: Changes, flags: Flags, host: Host) {
  const { advisories, quiet = false, verbose = false } = flags;
  if (advisories === undefined) return undefined;
  const catalogue = await readNames(flags);
  return withNetwork(flags, host, host.reporter({ quiet, verbose }), async (network) =>
    findAdvisories(changedIn(changes), catalogue, await openAdvisories(advisories, network)),
  );
}

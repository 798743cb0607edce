/** `assay diff OLD NEW`: what changed in manifests, and in why they are believed. */
import type { Command } from 'commander';
import { compareManifests } from '../pipeline/proofs/diff.ts';
import { renderChanges } from '../render/changes.ts';
import { changesMarkdown } from '../render/changes-markdown.ts';
import { UsageError } from '../model/errors.ts';
import type { Host } from './shared/host.ts';
import { readManifestPlaces } from './shared/manifest-places.ts';
import { addOutputOptions, type OutputFlags } from './shared/options.ts';

interface Flags extends OutputFlags {
  readonly markdown?: true;
  readonly exitCode?: true;
}

export function defineDiff(command: Command, host: Host): void {
  command
    .description(
      'Says what was added, removed and changed, most dangerous first: other bytes, assurance, signer, host, source ' +
        'repository, size by more than half; then versions. Each side is a manifest, a folder of manifests, or either ' +
        'at a revision of git: REV:PATH, or REV: for the path of the other side. Evidence is taken from evidence/ ' +
        'beside the manifests; nothing is judged anew, and nothing fetched.',
    )
    .argument('<old>', 'a manifest, a folder, REV:PATH or REV:')
    .argument('<new>', 'the same')
    .option('--markdown', 'print Markdown, as for a pull request')
    .option('--exit-code', 'exit 3 if anything differs');
  addOutputOptions(command);
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
  if (flags.json === true) await host.out.document({ version: 1, ...comparison });
  else if (flags.markdown === true)
    await host.out.lines(changesMarkdown(comparison).join('\n\n').split('\n'));
  else await host.out.lines(renderChanges(comparison));
  if (flags.exitCode === true && comparison.changes.length > 0) host.setExitCode(3);
}

/** `assay explain MANIFEST… NAME…`: why an entry is believed, link by link, or the link that does not hold. */
import type { Command } from 'commander';
import { UsageError } from '../model/errors.ts';
import { chainOfEntry } from '../pipeline/proofs/chain-of-entry.ts';
import type { OfflineEntry, OfflineManifest } from '../pipeline/proofs/verdict.ts';
import { requireKnown } from '../pipeline/shared/require-known.ts';
import type { Manifest } from '../formats/own/manifest.ts';
import { renderBootReading } from '../render/boot-reading.ts';
import { renderChain } from '../render/proof-chain.ts';
import { bootReadingOf } from './shared/entry-chain.ts';
import type { Host } from './shared/host.ts';
import { addJudgingOptions, judgeManifests, type JudgingFlags } from './shared/judged-manifests.ts';
import { addOutputOptions, type OutputFlags } from './shared/options.ts';
import { worstExitCode } from './shared/report-error.ts';

type Flags = OutputFlags & JudgingFlags;

export function defineExplain(command: Command, host: Host): void {
  command
    .description(
      'Judges the kept proof of an entry again, without the network, and shows it: the trust anchors and how they were ' +
        'learnt, each document, what was compared, what is not proven, and the same by gpgv, sha256sum and cosign. Of ' +
        'a proof that does not hold, it shows the way to the link that breaks, and the exit code is 5.',
    )
    .argument('<names...>', 'manifests, by their files, and names of entries in them');
  addOutputOptions(addJudgingOptions(command));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay explain manifests/knc.debian-13.amd64.json libpq5\n' +
      '  assay explain --json manifests/*.json kubelet',
  );
  command.action(async (words: readonly string[], flags: Flags) => {
    await run(words, flags, host);
  });
}

async function run(words: readonly string[], flags: Flags, host: Host): Promise<void> {
  const { manifests, names } = sorted(words);
  const { judged, trust } = await judgeManifests(manifests, flags, host);
  const wanted = entriesNamed(judged, names);
  const chains = wanted.flatMap((one) => chainOfEntry(one.entry, one.file, trust, host.hintFor) ?? []);
  const boot = wanted.flatMap((one) => bootReadingOf(one.entry, one.file, one.manifest) ?? []);
  if (flags.json === true) {
    await host.out.document('explain', {
      version: 1,
      entries: chains,
      ...(boot.length === 0 ? {} : { boot }),
    });
  }
  if (flags.json !== true && flags.quiet !== true) {
    const width = Math.max(host.out.width() ?? 80, 20);
    const told = [
      ...chains.map((chain) => renderChain(chain, width)),
      ...boot.map((one) => renderBootReading(one, width)),
    ];
    await host.out.lines(told.flatMap((lines, index) => [...(index === 0 ? [] : ['']), ...lines]));
  }
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const isTold = flags.json !== true && flags.quiet !== true;
  const failures = [
    ...judged.flatMap(({ file, refusals }) =>
      refusals.map(({ error }) => ({ name: file, error, isTold: false })),
    ),
    ...wanted.flatMap(({ entry: { name, refusal, evidence } }) =>
      refusal === undefined ? [] : [{ name, error: refusal.error, isTold: isTold && evidence !== undefined }],
    ),
  ];
  for (const { name, error, ...one } of failures) if (!one.isTold) reporter.failure(error, name);
  if (failures.length > 0) host.setExitCode(worstExitCode(failures.map(({ error }) => error)));
}

/** The first word is a manifest, and so are those that follow it and are named as one. */
function sorted([first = '', ...others]: readonly string[]) {
  const at = others.findIndex((word) => !word.endsWith('.json'));
  const count = at === -1 ? others.length : at;
  return { manifests: [first, ...others.slice(0, count)], names: others.slice(count) };
}

interface Wanted {
  readonly file: string;
  readonly manifest: Manifest;
  readonly entry: OfflineEntry;
}

/** By what the catalogue calls it; of an image its reference does, too. Throws UsageError `USAGE`. */
function entriesNamed(judged: readonly OfflineManifest[], names: readonly string[]): readonly Wanted[] {
  const all = judged.flatMap(({ file, manifest, entries }) =>
    entries.map((entry) => ({ file, manifest, entry })),
  );
  const namesOf = ({ entry: { name, entry } }: Wanted) => [
    name,
    ...(entry?.type === 'oci-image' ? [entry.url] : []),
  ];
  const known = all.flatMap(namesOf);
  const where = judged.map(({ file }) => file).join(', ');
  if (names.length === 0) {
    throw new UsageError('USAGE', `explain which entry of ${where}?`, {
      hint: `It has: ${[...new Set(known)].join(', ')}.`,
    });
  }
  requireKnown('explain', names, known, where);
  const wanted = all.filter((one) => namesOf(one).some((name) => names.includes(name)));
  const stub = wanted.find(({ entry: { verdict } }) => verdict === 'no file');
  if (stub === undefined) return wanted;
  throw new UsageError('USAGE', `${stub.entry.name} is a stub in ${stub.file}: it names no file`, {
    hint: 'There is nothing that anybody could vouch for, until the catalogue has no "stub: true" for it.',
  });
}

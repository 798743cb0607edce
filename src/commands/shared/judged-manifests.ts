/** Manifests whose kept proofs are judged again, as several commands ask for it. */
import type { Command } from 'commander';
import { createFileStore } from '../../io/file-store.ts';
import { UsageError } from '../../model/errors.ts';
import { judgeOffline } from '../../pipeline/proofs/judge-offline.ts';
import { readManifests, type ReadManifest } from '../../pipeline/proofs/read-manifests.ts';
import type { OfflineManifest } from '../../pipeline/proofs/verdict.ts';
import { readTrust } from '../../pipeline/trust/anchors.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import type { Host } from './host.ts';
import { addTimeOption, type TimeFlags } from './options.ts';

export interface JudgingFlags extends TimeFlags {
  readonly trustDir: string;
  readonly evidenceStore?: string;
}

export function addJudgingOptions(command: Command): Command {
  command
    .option('--trust-dir <dir>', 'pinned trust anchors', 'trust')
    .option(
      '--evidence-store <dir>',
      'where documents are that are too large to be kept beside the manifests',
    );
  return addTimeOption(command);
}

export interface JudgedManifests {
  /** In the order of the paths. */
  readonly judged: readonly OfflineManifest[];
  readonly trust: Trust;
  readonly now: Date;
}

/** Throws UsageError as `readTrust`, `readManifests` and `judgeOffline` do. */
export async function judgeManifests(
  paths: readonly string[],
  { trustDir, evidenceStore, ...flags }: JudgingFlags,
  host: Pick<Host, 'now'>,
): Promise<JudgedManifests> {
  const files = createFileStore();
  const now = flags.now ?? host.now();
  const trust = await readTrust(trustDir, files);
  const manifests = await readManifests(paths, files);
  return { judged: await judgeOffline(manifests, { files, trust, now, evidenceStore }), trust, now };
}

/** For a document that calls manifests by their names. Throws UsageError `USAGE` for two of one name, and as `readManifests` does. */
export async function readNamedManifests(paths: readonly string[]): Promise<readonly ReadManifest[]> {
  const read = await readManifests(paths, createFileStore());
  const names = new Set<string>();
  for (const { fileName } of read) {
    if (names.has(fileName)) throw new UsageError('USAGE', `two of the manifests are called ${fileName}`);
    names.add(fileName);
  }
  return read;
}

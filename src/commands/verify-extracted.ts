/** `assay verify --extracted ROOT --tarball FILE`: is an extracted tree still what its tarball holds? */
import { openArchiveFile } from '../io/archive-file.ts';
import { openExtractedTree } from '../io/extracted-tree.ts';
import { readTar } from '../io/tar-reading.ts';
import { VerificationError } from '../model/errors.ts';
import { compareTree, type TreeDifference } from '../pipeline/package/compare-tree.ts';
import type { Host } from './shared/host.ts';
import type { OutputFlags } from './shared/options.ts';

export interface ExtractedFlags extends OutputFlags {
  readonly extracted: string;
  readonly tarball: string;
  /** False: the tree was extracted by another user than root, and belongs to that one. */
  readonly owner: boolean;
}

/** More than any configuration; what a hostile tarball can make us read. */
const maxUnpackedBytes = 4 * 2 ** 30;

/** Throws VerificationError for a tarball that is hostile or broken, and UsageError. */
export async function verifyExtracted(flags: ExtractedFlags, host: Host): Promise<void> {
  const { extracted: root, tarball: file } = flags;
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const tree = await openExtractedTree(root);
  const archive = await openArchiveFile(file, { compression: 'gzip', maxBytes: maxUnpackedBytes });
  const members = readTar(archive.bytes, file);
  const { comparedCount, differences } = await compareTree({
    ...{ members, tree, what: file, withOwner: flags.owner },
  });
  const error = differences.length === 0 ? undefined : mismatch(flags, differences);
  const digest = archive.digest();
  if (flags.json === true) {
    await host.out.document('verify-extracted', {
      ...{ verified: error === undefined, extracted: root, tarball: { file, digest } },
      ...{ compared: comparedCount, differences, error },
    });
  } else {
    const head = [
      `verified: ${error === undefined}`,
      `tarball: ${file} ${digest}`,
      `compared: ${comparedCount}`,
    ];
    await host.out.lines([...head, ...differences.map(describe)]);
  }
  if (error === undefined) return;
  reporter.failure(error);
  host.setExitCode(error.exitCode);
}

function describe({ path, about, expected, found }: TreeDifference): string {
  return `${path === '' ? '.' : path}: ${about} expected ${expected}, found ${found}`;
}

function mismatch(flags: ExtractedFlags, differences: readonly TreeDifference[]): VerificationError {
  const count = differences.length === 1 ? '1 difference' : `${differences.length} differences`;
  return new VerificationError(
    'TREE_MISMATCH',
    `${flags.extracted} is not what ${flags.tarball} holds: ${count}`,
    {
      hint: hintOf(differences),
      context: { differences },
    },
  );
}

function hintOf(differences: readonly TreeDifference[]): string {
  const isOnly = (what: TreeDifference['about']) => differences.every(({ about }) => about === what);
  if (isOnly('owner')) return 'Was it extracted by another user than root? --no-owner compares the rest.';
  if (isOnly('access')) return 'Run it as a user who may read all of it; what cannot be read may be right.';
  return 'Extract it again, and find out what changed it.';
}

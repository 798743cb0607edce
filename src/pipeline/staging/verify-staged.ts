/** Is a directory what a manifest says: nothing missing, nothing wrong, nothing else? */
import { AssayError, VerificationError } from '../../model/errors.ts';
import type { StagedFiles } from '../../model/staging-ports.ts';
import { verifyFound } from '../../verify/digest.ts';
import { verifyStagedType } from './stage-file.ts';
import { verifyStagedArchive, type ImageItem } from './stage-images.ts';
import type { StagingItem } from './staging-items.ts';

export interface StagedVerdict {
  readonly name: string;
  readonly status: 'right' | 'missing' | 'wrong' | 'extra';
  /** Of all but `right`: VerificationError, or UsageError `FILE_UNREADABLE`. */
  readonly error?: AssayError;
}

export interface VerifyStagedInput {
  /** What has to be there. */
  readonly required: readonly (StagingItem | ImageItem)[];
  /** What may be there besides, and is right if it is. */
  readonly allowed: readonly (StagingItem | ImageItem)[];
  readonly files: StagedFiles;
}

/** A verdict on each file, in the order of `required`, `allowed` and names. Throws UsageError `FILE_UNREADABLE`. */
export async function verifyStaged({
  required,
  allowed,
  files,
}: VerifyStagedInput): Promise<readonly StagedVerdict[]> {
  const names = new Set([...required, ...allowed].map(({ name }) => name));
  const present = new Map((await files.list()).map((entry) => [entry.name, entry]));
  const expected = [...required, ...allowed.filter(({ name }) => present.has(name))];
  // All at once: the port hashes on as many threads as there are cores. The largest first, so that none ends alone.
  const verdicts = new Map<StagingItem, StagedVerdict>();
  await Promise.all(
    expected
      .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
      .map(async (item) => {
        const isFile = present.get(item.name)?.kind !== 'other';
        verdicts.set(item, isFile ? await judge(item, files) : noFile(item));
      }),
  );
  const extras = [...present.values()]
    .filter(({ name }) => !names.has(name))
    .map(({ name, kind }): StagedVerdict => {
      const what = kind === 'partial' ? 'left by a download that was interrupted' : 'not in the manifest';
      const isHidden = kind === 'file' && name.startsWith('.');
      const hint =
        kind === 'other' || isHidden ? 'Remove it.' : 'Remove it, or let stage do it, which can prune.';
      return { name, status: 'extra', error: new VerificationError('FILE_UNEXPECTED', what, { hint }) };
    });
  return [...expected.flatMap((item) => verdicts.get(item) ?? []), ...extras];
}

/** A directory, a link, a device. */
function noFile({ name }: StagingItem): StagedVerdict {
  const hint = 'Remove it, and stage the file.';
  const error = new VerificationError('FILE_UNEXPECTED', 'is no regular file', { hint });
  return { name, status: 'wrong', error };
}

async function judge(item: StagingItem | ImageItem, files: StagedFiles): Promise<StagedVerdict> {
  const { name } = item;
  try {
    if ('wanted' in item && (await verifyStagedArchive(name, item.wanted, files)))
      return { name, status: 'right' };
    const found = await files.find(name, item);
    if (found === undefined) {
      const hint = 'Stage it.';
      return {
        name,
        status: 'missing',
        error: new VerificationError('FILE_MISSING', 'no such file', { hint }),
      };
    }
    verifyFound(found, item, name);
    if ('type' in item) await verifyStagedType(item, files);
    return { name, status: 'right' };
  } catch (error) {
    if (error instanceof AssayError) return { name, status: 'wrong', error };
    throw error;
  }
}

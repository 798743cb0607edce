/**
 * Puts verified artifacts into a directory under their local names: hashed while they are written, given
 * their name only once the digest is right, and left alone where they are right already.
 */
import { stagedName, type Manifest } from '../formats/manifest.ts';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import { AssayError, UsageError } from '../model/errors.ts';
import type { Fetcher, Reporter, StagingDirectory } from '../model/ports.ts';
import { StreamCheck } from '../verify/digest.ts';

/** What is to be staged: from a manifest, which vouches for it. */
export interface StagingItem {
  /** The file's name in the directory. */
  readonly name: string;
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface StagedItem {
  readonly item: StagingItem;
  readonly status: 'kept' | 'staged';
}

export interface StagingFailure {
  readonly item: StagingItem;
  readonly error: AssayError;
}

export interface StageInput {
  readonly items: readonly StagingItem[];
  readonly directory: StagingDirectory;
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
  /** How many files at the same time. */
  readonly jobs: number;
}

/**
 * Entries of a manifest that can be staged. The stub of a vmconfig under development has nothing to
 * download. Throws UsageError `USAGE` for a name in `only` that the manifest does not have.
 */
export function stagingItems(manifest: Manifest, only?: readonly string[]): readonly StagingItem[] {
  const { dependencies } = manifest.vmconfig;
  const unknown = only?.filter((name) => !Object.hasOwn(dependencies, name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError('USAGE', `--only names ${unknown.join(', ')}, which the manifest does not have`, {
      hint: `It has: ${Object.keys(dependencies).join(', ')}.`,
    });
  }
  return Object.entries(dependencies).flatMap(([key, { type, url, digest, size }]) =>
    digest === '' || !(only?.includes(key) ?? true)
      ? []
      : [{ name: stagedName(key, type), url, digest, sizeBytes: size }],
  );
}

/** One file's failure does not stop the others: what is right is staged, the rest is reported. */
export async function stage(input: StageInput): Promise<{
  readonly staged: readonly StagedItem[];
  readonly failures: readonly StagingFailure[];
}> {
  const { items, directory, fetcher, reporter } = input;
  const staged: StagedItem[] = [];
  const failures: StagingFailure[] = [];
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        reporter.step(`staging ${item.name}`);
        staged.push({ item, status: await stageFile(item, directory, fetcher) });
      } catch (error) {
        if (!(error instanceof AssayError)) throw error;
        failures.push({ item, error });
      }
    }
  };
  await Promise.all(Array.from({ length: input.jobs }, work));
  const position = ({ item }: { readonly item: StagingItem }) => items.indexOf(item);
  return {
    staged: staged.sort((a, b) => position(a) - position(b)),
    failures: failures.sort((a, b) => position(a) - position(b)),
  };
}

/**
 * One file. Throws TransportError, VerificationError (`DIGEST_MISMATCH`, `SIZE_MISMATCH`) and UsageError
 * `FILE_UNWRITABLE`; what stood under the name before then stands there still.
 */
export async function stageFile(
  item: StagingItem,
  directory: StagingDirectory,
  fetcher: Fetcher,
): Promise<StagedItem['status']> {
  const present = await directory.hash(item.name, digestAlgorithm(item.digest));
  if (present?.hex === digestHex(item.digest) && present.sizeBytes === item.sizeBytes) return 'kept';
  const check = new StreamCheck(item, item.url);
  const temporary = await directory.create(item.name);
  try {
    const sink = {
      write: async (chunk: Uint8Array) => {
        check.update(chunk);
        await temporary.write(chunk);
      },
      restart: async () => {
        check.restart();
        await temporary.truncate();
      },
    };
    await fetcher.download({ url: item.url, sizeBytes: item.sizeBytes }, sink);
    check.finish();
    await temporary.commit();
    return 'staged';
  } finally {
    await temporary.discard();
  }
}

/**
 * Puts verified artifacts into a directory under their local names: hashed as they stand on the disk, given their name
 * only once the digest is right, and left alone where they are right already.
 */
import { AssayError, TransportError, UsageError } from '../model/errors.ts';
import type { Fetcher, PartialFile, Progress, Reporter, StagingDirectory } from '../model/ports.ts';
import { refuseExcess, verifyFound } from '../verify/digest.ts';
import type { StagingItem, StagingSource } from './staging-items.ts';

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
  readonly progress?: Progress | undefined;
  /** How many files at the same time. */
  readonly jobs: number;
  /** As soon as a file is in place. */
  readonly onStaged?: (staged: StagedItem) => void;
  /** No file is begun after this. */
  readonly signal?: AbortSignal | undefined;
}

export interface StageResult {
  readonly staged: readonly StagedItem[];
  readonly failures: readonly StagingFailure[];
}

/**
 * One file's failure does not stop the others: what is right is staged, the rest is reported. Throws UsageError
 * `NO_SPACE`, before anything is fetched, where the directory's file system has no room for what is missing.
 */
export async function stage(input: StageInput): Promise<StageResult> {
  const { items, directory, jobs, onStaged, signal } = input;
  const staged: StagedItem[] = [];
  const failures: StagingFailure[] = [];
  const missing: StagingItem[] = [];
  const each = async (queue: StagingItem[], act: (item: StagingItem) => Promise<void>) => {
    const work = async () => {
      for (let item = queue.shift(); item !== undefined && signal?.aborted !== true; item = queue.shift()) {
        try {
          await act(item);
        } catch (error) {
          if (!(error instanceof AssayError)) throw error;
          failures.push({ item, error });
        }
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
  };
  const done = (one: StagedItem) => {
    staged.push(one);
    onStaged?.(one);
  };
  await each(bySize(items), async (item) => {
    if (await isStaged(item, directory)) done({ item, status: 'kept' });
    else missing.push(item);
  });
  if (missing.length > 0) await requireSpace(missing, directory);
  await each(bySize(missing), async (item) => {
    await receive(item, input);
    done({ item, status: 'staged' });
  });
  const position = ({ item }: { readonly item: StagingItem }) => items.indexOf(item);
  return {
    staged: staged.sort((a, b) => position(a) - position(b)),
    failures: failures.sort((a, b) => position(a) - position(b)),
  };
}

/** The largest first: begun last, it would be waited for alone. */
function bySize(items: readonly StagingItem[]): StagingItem[] {
  return items.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

/**
 * One file. Throws TransportError, VerificationError (`DIGEST_MISMATCH`, `SIZE_MISMATCH`) and UsageError
 * `FILE_UNWRITABLE` or `NO_SPACE`; what stood under the name before then stands there still.
 */
export async function stageFile(
  item: StagingItem,
  directory: StagingDirectory,
  fetcher: Fetcher,
): Promise<StagedItem['status']> {
  if (await isStaged(item, directory)) return 'kept';
  await receive(item, { directory, fetcher });
  return 'staged';
}

async function isStaged(item: StagingItem, directory: StagingDirectory): Promise<boolean> {
  const found = await directory.find(item.name, item);
  if (found === undefined || !isRight(found, item)) return false;
  await directory.settle(item.name);
  return true;
}

function isRight(found: Parameters<typeof verifyFound>[0], item: StagingItem): boolean {
  try {
    verifyFound(found, item, item.name);
    return true;
  } catch (error) {
    if (error instanceof AssayError) return false;
    throw error;
  }
}

async function requireSpace(items: readonly StagingItem[], directory: StagingDirectory): Promise<void> {
  let neededBytes = 0;
  for (const { name, digest, sizeBytes } of items) {
    neededBytes += Math.max(0, sizeBytes - (await directory.leftOf(name, digest)));
  }
  const freeBytes = await directory.freeBytes();
  if (freeBytes === undefined || freeBytes >= neededBytes) return;
  throw new UsageError(
    'NO_SPACE',
    `what is missing has ${neededBytes} bytes, and there is room for ${freeBytes} bytes`,
    { hint: 'Make room, or stage elsewhere: --dir.', context: { neededBytes, freeBytes } },
  );
}

type Receiving = Pick<StageInput, 'directory' | 'fetcher' | 'progress'> & { readonly reporter?: Reporter };

async function receive(item: StagingItem, receiving: Receiving): Promise<void> {
  const { directory, progress } = receiving;
  receiving.reporter?.step(`staging ${item.name}`);
  const file = await directory.receive(item.name, item);
  try {
    progress?.start(item.name, item.sizeBytes, file.left.sizeBytes);
    if (!(await isComplete(item, file, progress))) {
      const sources = item.sources ?? [{ url: item.url, isMirror: false }];
      const url = await fetchFrom(sources, item, file, receiving);
      verifyFound(await file.finish(), item, url);
    }
    await file.commit();
  } catch (error) {
    // What a server did not finish sending is of use to the next run; what is wrong is not.
    if (error instanceof TransportError) await file.keep();
    throw error;
  } finally {
    await file.discard();
    progress?.end(item.name);
  }
}

/** Did an earlier run end between the last byte and the name? What it left is judged like any other bytes. */
async function isComplete(
  item: StagingItem,
  file: PartialFile,
  progress: Progress | undefined,
): Promise<boolean> {
  if (file.left.sizeBytes < item.sizeBytes) return false;
  if (file.left.sizeBytes === item.sizeBytes && isRight(await file.finish(), item)) return true;
  progress?.restart(item.name);
  await file.restart();
  return false;
}

/** From the first source that can be had, whose URL is returned. A refusal is final: no other source is asked for other bytes. */
async function fetchFrom(
  [source, ...others]: readonly StagingSource[],
  item: StagingItem,
  file: PartialFile,
  receiving: Receiving,
): Promise<string> {
  if (source === undefined) throw new TypeError(`${item.name} has no source`);
  try {
    await fetchInto(source, item, file, receiving);
    return source.url;
  } catch (error) {
    if (!(error instanceof TransportError) || others.length === 0) throw error;
    receiving.reporter?.warn(
      `${item.name}: ${error.message} [${error.code}]; asking ${others[0]?.url ?? ''}`,
    );
    await file.restart();
    receiving.progress?.restart(item.name);
    return await fetchFrom(others, item, { ...file, left: { sizeBytes: 0, version: undefined } }, receiving);
  }
}

async function fetchInto(
  { url, isMirror }: StagingSource,
  item: StagingItem,
  file: PartialFile,
  { fetcher, progress }: Receiving,
): Promise<void> {
  const { sizeBytes: offsetBytes, version } = file.left;
  const isUsable = offsetBytes > 0 && offsetBytes < item.sizeBytes && version !== undefined;
  let sizeBytes = isUsable ? offsetBytes : 0;
  if (!isUsable && offsetBytes > 0) {
    await file.restart();
    progress?.restart(item.name);
  }
  const sink = {
    write: (chunk: Uint8Array) => {
      sizeBytes += chunk.byteLength;
      refuseExcess(sizeBytes, item, url);
      return file.write(chunk);
    },
    restart: () => {
      sizeBytes = 0;
      progress?.restart(item.name);
      return file.restart();
    },
    begin: (current: Parameters<NonNullable<PartialFile['begin']>>[0]) =>
      file.begin?.(current) ?? Promise.resolve(),
  };
  await fetcher.download(
    {
      ...{ url, sizeBytes: item.sizeBytes, mayBePlain: isMirror },
      ...(isUsable ? { resumeFrom: { offsetBytes, version } } : {}),
      onBytes: (count) => progress?.advance(item.name, count),
    },
    sink,
  );
}

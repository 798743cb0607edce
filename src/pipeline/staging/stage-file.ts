/**
 * One file on its way into a directory: fetched into a partial file, or gone on from what an earlier run left of it,
 * judged as it stands on the disk, and given its name.
 */
import { TransportError, UsageError } from '../../model/errors.ts';
import type { Fetcher, Progress, Reporter } from '../../model/ports.ts';
import type { PartialFile, StagedFiles, StagingDirectory } from '../../model/staging-ports.ts';
import { smallFileBytes } from '../../model/small-file.ts';
import { isExpected, refuseExcess, verifyFound } from '../../verify/digest.ts';
import { hasSignature, headBytes, verifyFileType } from '../../verify/file-type.ts';
import type { StagingItem, StagingSource } from './staging-items.ts';

export interface Receiving {
  readonly directory: StagingDirectory;
  readonly fetcher: Pick<Fetcher, 'download'>;
  readonly reporter?: Reporter;
  readonly progress?: Progress | undefined;
}

/**
 * One file. Throws TransportError, VerificationError (`DIGEST_MISMATCH`, `SIZE_MISMATCH`, `TYPE_MISMATCH`) and UsageError
 * `FILE_UNWRITABLE` or `NO_SPACE`; what stood under the name before then stands there still.
 */
export async function stageFile(
  item: StagingItem,
  directory: StagingDirectory,
  fetcher: Pick<Fetcher, 'download'>,
): Promise<'kept' | 'staged'> {
  if (await isStaged(item, directory)) return 'kept';
  const putInPlace = await receiveFile(item, { directory, fetcher });
  await putInPlace();
  return 'staged';
}

/**
 * Is the file there, and right? What interrupted runs left of it is removed then. Throws VerificationError
 * `TYPE_MISMATCH` where it is what the manifest names and of another type: to fetch it again would not make it another.
 */
export async function isStaged(item: StagingItem, directory: StagingDirectory): Promise<boolean> {
  const found = await directory.find(item.name, item).catch(orNothing);
  if (found === undefined || !isExpected(found, item)) return false;
  await verifyStagedType(item, directory);
  await directory.settle(item.name);
  return true;
}

/** Of a file in place. Throws VerificationError `TYPE_MISMATCH` and UsageError `FILE_UNREADABLE`. */
export async function verifyStagedType(
  { name, type }: Pick<StagingItem, 'name' | 'type'>,
  files: Pick<StagedFiles, 'open'>,
): Promise<void> {
  if (!hasSignature(type)) return;
  const file = await files.open(name);
  if (file === undefined) return;
  try {
    let head: Uint8Array = Buffer.alloc(0);
    for await (const piece of file.read(0, headBytes)) head = Buffer.concat([head, piece]);
    verifyFileType(head, type, name);
  } finally {
    await file.close();
  }
}

/** What cannot be read is not known to be right, and is replaced. */
function orNothing(error: unknown): undefined {
  if (!(error instanceof UsageError && error.code === 'FILE_UNREADABLE')) throw error;
}

/** Fetches all of a file. What is returned, and must be called, judges it and puts it in place. */
export async function receiveFile(item: StagingItem, receiving: Receiving): Promise<() => Promise<void>> {
  const { directory, progress } = receiving;
  receiving.reporter?.step(`staging ${item.name}`);
  const file = await directory.receive(item.name, item);
  const orLetGo = async <T>(action: Promise<T>): Promise<T> => {
    try {
      return await action;
    } catch (error) {
      // What a server did not finish sending is of use to the next run; what is wrong is not.
      if (error instanceof TransportError) await file.keep();
      await file.discard();
      progress?.end(item.name);
      throw error;
    }
  };
  progress?.start(item.name, item.sizeBytes, file.left.sizeBytes);
  const url = await orLetGo(fetchMissing(item, file, receiving));
  return async () => {
    await orLetGo(putInPlace(item, file, url));
    progress?.end(item.name);
  };
}

/** `url`: where it is from, undefined where an earlier run had all of it and it has been judged. */
async function putInPlace(item: StagingItem, file: PartialFile, url: string | undefined): Promise<void> {
  const { name, type } = item;
  if (url !== undefined) verifyFound(await file.finish(), item, url);
  if (hasSignature(type)) verifyFileType(await file.head(headBytes), type, url ?? name);
  await file.commit();
}

/** Returns where the file is from, undefined where an earlier run left all of it. */
async function fetchMissing(
  item: StagingItem,
  file: PartialFile,
  receiving: Receiving,
): Promise<string | undefined> {
  if (await isComplete(item, file, receiving.progress)) return undefined;
  const sources = item.sources ?? [{ url: item.url, isMirror: false }];
  return fetchFrom(sources, item, file, receiving);
}

/** Did an earlier run end between the last byte and the name? What it left is judged like any other bytes. */
async function isComplete(
  item: StagingItem,
  file: PartialFile,
  progress: Progress | undefined,
): Promise<boolean> {
  if (file.left.sizeBytes < item.sizeBytes) return false;
  if (file.left.sizeBytes === item.sizeBytes && isExpected(await file.finish(), item)) return true;
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
  // A small one is sooner fetched again than a version is written down for it.
  const isSmall = item.sizeBytes <= smallFileBytes;
  const isUsable = !isSmall && offsetBytes > 0 && offsetBytes < item.sizeBytes && version !== undefined;
  let sizeBytes = isUsable ? offsetBytes : 0;
  if (!isUsable && offsetBytes > 0) {
    await file.restart();
    progress?.restart(item.name);
  }
  const sink = {
    write: (pieces: readonly Uint8Array[]) => {
      for (const piece of pieces) sizeBytes += piece.byteLength;
      refuseExcess(sizeBytes, item, url);
      return file.write(pieces);
    },
    restart: () => {
      sizeBytes = 0;
      progress?.restart(item.name);
      return file.restart();
    },
    begin: (current: Parameters<NonNullable<PartialFile['begin']>>[0]) =>
      (isSmall ? undefined : file.begin?.(current)) ?? Promise.resolve(),
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

/**
 * A staged file in the making: `.<name>.<first 16 digits of its digest>.partial` in a private directory on the same
 * file system as its final path. The name is the same in every run for this content, so that one goes on where another
 * was killed; what the bytes are a version of stands beside it (`.version`). The digest that counts is of what the file
 * holds in the end, read back from it.
 *
 * Only for who has the private directory locked: nobody else can make anything there, or change it. It may not always
 * have been private: nothing but a regular file of this user's, without a second name, is written to or gone on from; a
 * link is never followed.
 */
import { constants } from 'node:fs';
import { open, rename, unlink, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import type { FileVersion } from '../model/ports.ts';
import type { FoundFile, PartialFile } from '../model/staging-ports.ts';
import { smallFileBytes } from '../model/small-file.ts';
import { openBlockWriter } from './block-writer.ts';
import type { CommitGroup } from './commit-group.ts';
import { HashingFailure, hashSmall, type FileHashing, type HashPool } from './hash-pool.ts';
import { orUnreadable, unreadable } from './files.ts';
import { ownUid } from './own-uid.ts';
import { errnoOf, orUnwritable } from './temporary-file.ts';

const maxVersionBytes = 4096;

/** The thread that hashes is woken for so much: more often costs more than it wins. */
const announceBytes = 4 * 1024 * 1024;

export function partialName(name: string, digest: Digest): string {
  return `.${name}.${digestHex(digest).slice(0, 16)}.partial`;
}

function versionName(partial: string): string {
  return partial.replace(/partial$/, 'version');
}

/** The final name that a partial file or its version is for; undefined for what is neither. */
export function partialOf(name: string): string | undefined {
  return /^\.(.+)\.[0-9a-f]{16}\.(?:partial|version)$/.exec(name)?.[1];
}

export interface PartialPlace {
  /** The private directory, locked. */
  readonly directory: string;
  /** What it is called there; another for each `finalPath`. */
  readonly name: string;
  /** On the same file system. What has the name is replaced. */
  readonly finalPath: string;
}

/** Every method but `discard` throws UsageError `FILE_UNWRITABLE` or `NO_SPACE`; `finish` and `head` `FILE_UNREADABLE` too. */
export async function openPartialFile(
  { directory, name, finalPath }: PartialPlace,
  digest: Digest,
  pool: HashPool,
  group: CommitGroup,
): Promise<PartialFile> {
  const path = join(directory, partialName(name, digest));
  const versionPath = versionName(path);
  const attempt = <T>(action: Promise<T>) => orUnwritable(finalPath, action);
  const file = await attempt(openPlain(path));
  const begin = () => pool.open(file.fd, digestAlgorithm(digest));
  const writer = openBlockWriter(file, (await file.stat()).size);
  const left = {
    sizeBytes: writer.sizeBytes,
    version: writer.sizeBytes > 0 ? await readVersion(versionPath) : undefined,
  };
  let hashing: FileHashing | undefined;
  let announced = 0;
  if (writer.sizeBytes > smallFileBytes) announce();
  let isOpen = true;
  let isFlushed = false;
  let hasVersion = left.version !== undefined;

  async function append(pieces: readonly Uint8Array[]): Promise<void> {
    await writer.append(pieces);
    isFlushed = false;
    if (writer.sizeBytes - announced >= announceBytes) announce();
  }
  function announce(): void {
    announced = writer.sizeBytes;
    (hashing ??= begin()).extend(announced);
  }
  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    hashing?.forget();
    await file.close();
  }
  async function restart(): Promise<void> {
    hashing?.forget();
    hashing = undefined;
    isFlushed = false;
    await writer.truncate(0);
    announced = 0;
    await removeIfThere(versionPath);
    hasVersion = false;
  }
  async function finish(): Promise<FoundFile> {
    const { sizeBytes } = writer;
    if (hashing === undefined && sizeBytes <= smallFileBytes)
      return { sizeBytes, digest: hashSmall(file.fd, sizeBytes, digestAlgorithm(digest)) };
    hashing ??= begin();
    // At the same time: what is hashed comes from the page cache, whether it is on the disk by then or not.
    const [found] = await Promise.all([hashing.end(sizeBytes), writer.flush()]);
    isFlushed = true;
    return { sizeBytes, digest: found };
  }
  async function head(count: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  }
  async function remove(): Promise<void> {
    for (const one of [path, versionPath]) await removeIfThere(one).catch(() => undefined);
  }
  async function commit(): Promise<void> {
    const flush = isFlushed ? undefined : () => writer.flush();
    try {
      await group.commit({
        ...{ finalPath, flush },
        async rename() {
          await close();
          await rename(path, finalPath);
          await removeIfThere(versionPath);
        },
      });
    } catch (error) {
      await close().catch(() => undefined);
      await remove();
      throw error;
    }
  }
  async function discard(): Promise<void> {
    if (!isOpen) return;
    // Nobody wants it any more, whatever the system says of it.
    await close().catch(() => undefined);
    await remove();
  }
  async function keep(): Promise<void> {
    // Without a version nobody could go on, nor from what the disk did not take.
    if (!hasVersion || writer.sizeBytes === 0 || !(await writer.isSound())) return discard();
    await close().catch(remove);
  }
  return {
    left,
    write: (pieces) => attempt(append(pieces)),
    restart: () => attempt(restart()),
    async begin(version) {
      hasVersion = version !== undefined;
      await attempt(
        version === undefined ? removeIfThere(versionPath) : replaceVersion(versionPath, version),
      );
    },
    finish: () => attempt(orHashingFault(finalPath, finish())),
    head: (count) => orUnreadable(finalPath, () => head(count)),
    commit: () => attempt(commit()),
    keep,
    discard,
  };
}

/** What is there, where it can be gone on from; else a new file in its place. */
export async function openPlain(path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    const file = await open(path, flags, 0o666);
    const found = await file.stat();
    if (found.isFile() && found.nlink === 1 && found.uid === ownUid()) return file;
    await file.close();
  } catch (error) {
    // A link, a socket, or a file of somebody else's.
    if (!['ELOOP', 'ENXIO', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
  }
  await removeIfThere(path);
  return open(path, flags | constants.O_EXCL, 0o666);
}

async function orHashingFault<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof HashingFailure) throw unreadable(path, error.errno, undefined, error);
    throw error;
  }
}

/** Not through `replaceFile`: a version that a crash takes away, or half of it, costs a download, no more. */
async function replaceVersion(path: string, version: FileVersion): Promise<void> {
  await removeIfThere(path);
  await writeFile(path, `${JSON.stringify(version)}\n`, { flag: 'wx', mode: 0o600 });
}

async function readVersion(path: string): Promise<FileVersion | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile() || found.uid !== ownUid()) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(maxVersionBytes), 0, maxVersionBytes, 0);
      return parseVersion(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

/** Undefined for what is no version: then there is no going on. */
function parseVersion(bytes: Uint8Array): FileVersion | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('url' in value) || !('validator' in value)) {
    return undefined;
  }
  const { url, validator } = value;
  // It is sent as a header: what an ETag or a date is made of, and nothing else.
  const isValidator =
    typeof validator === 'string' && /^(?:"[\x21\x23-\x7e]{0,512}"|[A-Za-z0-9 ,:]{1,64})$/.test(validator);
  return typeof url === 'string' && isValidator ? { url, validator } : undefined;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

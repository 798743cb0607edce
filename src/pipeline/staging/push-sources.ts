/** Where the bytes of what is pushed come from: their origins, or a mirror that was filled before. */
import { repositoryUrl, type Repository } from '../../formats/upstream/image-reference.ts';
import { maxManifestBytes } from '../../formats/upstream/oci-manifest.ts';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { isNotThere, VerificationError } from '../../model/errors.ts';
import type { Fetcher, Progress, Reporter, StagingDirectory } from '../../model/ports.ts';
import type { ReadableFile, ReadableFiles } from '../../model/readable-files.ts';
import { RegistryClient } from '../../sources/registry-client.ts';
import type { PushedBlob } from '../../sources/registry-upload.ts';
import { digestOf, verifyPieces, type Expected } from '../../verify/digest.ts';
import { isStaged, receiveFile } from './stage-file.ts';

/** A file of a manifest, or a blob of an image. */
export interface WantedBytes extends Expected {
  /** For messages. */
  readonly title: string;
  /** Where a mirror has it. */
  readonly path: string;
  readonly url: string;
  /** Of the registry that a blob is from. */
  readonly repository?: Repository;
}

/** At hand, and compared with what was expected. */
export interface LocalBlob extends PushedBlob {
  /** Lets go of it; of what was fetched for this alone, nothing stays. */
  close(): Promise<void>;
}

export interface PushedBytes {
  /** Throws TransportError, VerificationError, and UsageError `FILE_UNWRITABLE` or `NO_SPACE`. */
  open(wanted: WantedBytes): Promise<LocalBlob>;
  /** A small document of an image, compared with its digest. Throws as `open` does. */
  document(repository: Repository, kind: 'manifest' | 'blob', digest: Digest): Promise<Uint8Array>;
  /** What a tag leads to; undefined where there is none. Not vouched for by anybody. */
  tagged(repository: Repository, tag: string): Promise<Uint8Array | undefined>;
}

export interface OriginPorts {
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
  /** For files on their way, and what of it was interrupted. */
  readonly directory: StagingDirectory;
  /** The same directory, to be read. */
  readonly files: ReadableFiles;
  readonly progress?: Progress | undefined;
}

export function fromOrigins({ fetcher, reporter, directory, files, progress }: OriginPorts): PushedBytes {
  const clients = new Map<string, RegistryClient>();
  const clientOf = (repository: Repository) => {
    const key = repositoryUrl(repository);
    const client = clients.get(key) ?? new RegistryClient(repository, { fetcher, reporter });
    clients.set(key, client);
    return client;
  };
  return {
    async open({ title, url, digest, sizeBytes, repository }) {
      const item = { name: digest.replace(':', '-'), url, digest, sizeBytes };
      const client = repository && clientOf(repository);
      const download = client && ((...args: Parameters<Fetcher['download']>) => client.download(...args));
      if (!(await isStaged(item, directory))) {
        const reached = download === undefined ? fetcher : { ...fetcher, download };
        const putInPlace = await receiveFile(item, { directory, fetcher: reached, reporter, progress });
        await putInPlace();
      }
      const file = await files.open(item.name);
      if (file === undefined) throw missing(title, item.name);
      return identified(file, { digest, sizeBytes }, title, () => directory.remove(item.name));
    },
    async document(repository, kind, digest) {
      const url = `${repositoryUrl(repository)}/${kind}s/${digest}`;
      const bytes = await clientOf(repository).named(url, kind, maxManifestBytes);
      return compared(bytes, digest, url);
    },
    async tagged(repository, tag) {
      try {
        return await clientOf(repository).tagged(`${repositoryUrl(repository)}/manifests/${tag}`);
      } catch (error) {
        if (isNotThere(error)) return undefined;
        throw error;
      }
    },
  };
}

/** `files`: of the mirror's root. Nobody else is asked for anything. */
export function fromMirror(files: ReadableFiles): PushedBytes {
  const readBlob = async (digest: Digest) => {
    const path = blobPath(digest);
    const file = await files.open(path);
    if (file === undefined) throw missing(digest, path);
    try {
      return await readSmall(file, path);
    } finally {
      await file.close();
    }
  };
  return {
    async open({ title, path, digest, sizeBytes }) {
      const file = await files.open(path);
      if (file === undefined) throw missing(title, path);
      return identified(file, { digest, sizeBytes }, path, () => Promise.resolve());
    },
    async document(_repository, _kind, digest) {
      return compared(await readBlob(digest), digest, blobPath(digest));
    },
    tagged: () => Promise.resolve(undefined),
  };
}

/** Of an image, in the layout of a mirror. */
export function blobPath(digest: Digest): string {
  return `images/blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

async function identified(
  file: ReadableFile,
  expected: Expected,
  what: string,
  remove: () => Promise<void>,
): Promise<LocalBlob> {
  try {
    const digest = await verifyPieces(file.read(0, file.sizeBytes), expected, what);
    return {
      ...{ digest, sizeBytes: expected.sizeBytes },
      read: (offset, count) => file.read(offset, count),
      async close() {
        await file.close();
        await remove();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readSmall(file: ReadableFile, path: string): Promise<Uint8Array> {
  if (file.sizeBytes > maxManifestBytes) {
    throw new VerificationError('LIMIT_EXCEEDED', `${path} has more than ${maxManifestBytes} bytes`);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of file.read(0, file.sizeBytes)) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

function compared(bytes: Uint8Array, digest: Digest, what: string): Uint8Array {
  const found = digestOf(digestAlgorithm(digest), bytes);
  if (found === digest) return bytes;
  throw new VerificationError('DIGEST_MISMATCH', `${what} has the digest ${found}, expected ${digest}`, {
    context: { expected: digest, found },
  });
}

function missing(title: string, path: string): VerificationError {
  return new VerificationError('FILE_MISSING', `${title} is not there: ${path}`, {
    hint: 'Fill the mirror first: assay mirror. Or leave out --from, to fetch it from its origin.',
    context: { path },
  });
}

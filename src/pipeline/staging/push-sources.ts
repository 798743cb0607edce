/** Where the bytes of what is pushed come from: their origins, or a mirror that was filled before. */
import { mirrorBlobPath, mirrorIndexPath } from '../../formats/own/mirror-layout.ts';
import type { Repository } from '../../formats/upstream/image-reference.ts';
import { maxLayoutIndexBytes, parseLayoutIndex } from '../../formats/upstream/oci-layout.ts';
import { maxManifestBytes } from '../../formats/upstream/oci-manifest.ts';
import type { OpenedFile } from '../../model/readable-file.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { Fetcher, Progress, Reporter } from '../../model/ports.ts';
import type { StagingDirectory } from '../../model/staging-ports.ts';
import { ImageStore, type DocumentKind } from '../../sources/image-store.ts';
import type { PushedBlob } from '../../sources/registry-upload.ts';
import { verifyPieces, type Expected } from '../../verify/digest.ts';
import { signatureTag } from '../../verify/image/cosign-signature.ts';
import { requireDigest } from '../../verify/image/image-content.ts';
import { readSmall, type OpenInMirror } from './read-small.ts';
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
  document(repository: Repository, kind: DocumentKind, digest: Digest): Promise<Uint8Array>;
  /** The manifest of signatures of what has this digest; undefined where there is none. Nothing vouches for it. */
  signatures(repository: Repository, digest: Digest): Promise<Uint8Array | undefined>;
}

export interface OriginPorts {
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
  /** For files on their way, and what of it was interrupted. */
  readonly directory: StagingDirectory;
  readonly progress?: Progress | undefined;
}

export function fromOrigins({ fetcher, reporter, directory, progress }: OriginPorts): PushedBytes {
  const store = new ImageStore({ fetcher, reporter });
  return {
    async open({ title, url, digest, sizeBytes, repository }) {
      const sources = repository && { sources: store.sources(repository, digest) };
      const item = { name: digest.replace(':', '-'), url, digest, sizeBytes, ...sources };
      if (!(await isStaged(item, directory))) {
        const receiving = { directory, fetcher: store.fetcher, reporter, progress };
        const putInPlace = await receiveFile(item, receiving);
        await putInPlace();
      }
      const file = await directory.open(item.name);
      if (file === undefined) throw missing(title, item.name);
      return identified(file, { digest, sizeBytes }, title, () => directory.remove(item.name));
    },
    document: (repository, kind, digest) => store.document(repository, kind, { digest }),
    signatures: (repository, digest) => store.signatures(repository, digest),
  };
}

/** Nobody else is asked for anything. */
export function fromMirror(open: OpenInMirror): PushedBytes {
  const readBlob = async (digest: Digest) => {
    const path = mirrorBlobPath(digest);
    const bytes = await readSmall(open, path, maxManifestBytes);
    if (bytes === undefined) throw missing(digest, path);
    requireDigest(bytes, digest, path);
    return bytes;
  };
  return {
    async open({ title, path, digest, sizeBytes }) {
      const file = await open(path);
      if (file === undefined) throw missing(title, path);
      return identified(file, { digest, sizeBytes }, path, () => Promise.resolve());
    },
    document: (_repository, _kind, digest) => readBlob(digest),
    async signatures({ registry, repository }, digest) {
      const index = await readSmall(open, mirrorIndexPath, maxLayoutIndexBytes);
      const named = index && parseLayoutIndex(index, mirrorIndexPath);
      const descriptor = named?.get(`${registry}/${repository}:${signatureTag(digest)}`);
      return descriptor && readBlob(descriptor.digest);
    },
  };
}

async function identified(
  file: OpenedFile,
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

function missing(title: string, path: string): VerificationError {
  return new VerificationError('FILE_MISSING', `${title} is not there: ${path}`, {
    hint: 'Fill the mirror first: assay mirror. Or leave out --from, to fetch it from its origin.',
    context: { path },
  });
}

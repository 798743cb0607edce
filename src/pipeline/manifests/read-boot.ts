/**
 * What an OS image starts, read out of it: its partitions, the configuration of its boot loader, the kernel and the initrd
 * by their digests. The image is the one that a proof names; what is in it is a stranger's all the same.
 */
import type { BootProof } from '../../formats/own/boot-proofs.ts';
import { maxKeptBytes } from '../../formats/own/evidence.ts';
import { plainPath, type BootPath } from '../../formats/upstream/boot/boot-disk.ts';
import {
  fileSystemOf,
  parsePartitionTable,
  qcow2HeaderBytes,
  superblockBytes,
  tableBytes,
  verifyPlainQcow2,
} from '../../formats/upstream/boot/disk-layout.ts';
import { show } from '../../formats/text/problems.ts';
import type { Architecture } from '../../model/artifact.ts';
import {
  isPlainPath,
  type DiskFile,
  type DiskFileSystem,
  type DiskImages,
  type OpenDisk,
} from '../../model/disk-image.ts';
import { VerificationError } from '../../model/errors.ts';
import { digestOf, digestOfStream } from '../../verify/digest.ts';
import { bootEntryOf } from '../shared/boot-proof.ts';
import type { Kept } from './manifest-state.ts';

export interface ReadBoot {
  readonly proof: BootProof;
  /** The configuration's files. */
  readonly documents: readonly Kept[];
}

const maxFileBytes = 2 ** 30;

/** `path`: the image, verified. Throws VerificationError, and as `DiskImages` does. */
export async function readBoot(
  path: string,
  { arch, images, now }: { readonly arch: Architecture; readonly images: DiskImages; readonly now: Date },
): Promise<ReadBoot> {
  const diskBytes = verifyPlainQcow2(await images.header(path, qcow2HeaderBytes), 'the image');
  const disk = await images.open(path, diskBytes);
  try {
    const partitions = await partitionsOf(disk, diskBytes);
    const files = new ImageFiles(partitions);
    const facts = partitions.map(({ number, uuid, label, partitionUuid }) => ({
      ...{ number, ...(uuid === undefined ? {} : { uuid }), ...(label === undefined ? {} : { label }) },
      ...(partitionUuid === undefined ? {} : { partitionUuid }),
    }));
    const entry = await bootEntryOf({ partitions: facts, arch }, (need) =>
      need.what === 'folder' ? files.namesIn(need) : files.document(need),
    );
    const [kernel, initrd] = [await files.digested(entry.kernel), await files.digested(entry.initrd)];
    const { kept } = files;
    const proof = {
      ...{ arch, partitions: facts, cmdline: entry.cmdline, kernel, initrd },
      documents: kept.map(({ at, digest, bytes }) => ({ ...at, digest, size: bytes.byteLength })),
      ...{ tools: images.tools, readAt: now.toISOString() },
    };
    return { proof, documents: kept.map(({ digest, bytes }) => ({ digest, bytes })) };
  } finally {
    await disk.close();
  }
}

interface Partition {
  readonly number: number;
  readonly uuid?: string | undefined;
  readonly label?: string | undefined;
  readonly partitionUuid?: string | undefined;
  /** Undefined where it has none that can be read. */
  readonly files: DiskFileSystem | undefined;
}

async function partitionsOf(disk: OpenDisk, diskBytes: number): Promise<readonly Partition[]> {
  const found: Partition[] = [];
  for (const one of parsePartitionTable(await disk.read(0, tableBytes), diskBytes)) {
    const { number, partitionUuid, offsetBytes, sizeBytes } = one;
    const system = fileSystemOf(await disk.read(offsetBytes, Math.min(superblockBytes, sizeBytes)));
    const files = system && disk.fileSystem({ type: system.type, offsetBytes, sizeBytes });
    found.push({ number, partitionUuid, uuid: system?.uuid, label: system?.label, files });
  }
  return found;
}

/** Of all symbolic links on the way to a file. */
const maxLinks = 40;

class ImageFiles {
  readonly kept: (Kept & { readonly at: BootPath })[] = [];
  readonly #systems: ReadonlyMap<number, DiskFileSystem>;

  constructor(partitions: readonly Partition[]) {
    this.#systems = new Map(
      partitions.flatMap(({ number, files }) => (files === undefined ? [] : [[number, files] as const])),
    );
  }

  /** Undefined where there is no such file. */
  async document(at: BootPath): Promise<Uint8Array | undefined> {
    const found = await this.#find(at);
    if (found?.file.kind !== 'file') return undefined;
    const { sizeBytes } = found.file;
    if (sizeBytes > maxKeptBytes) throw tooLarge(at, sizeBytes, maxKeptBytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of found.system.bytes(found.path, sizeBytes)) chunks.push(Uint8Array.from(chunk));
    const bytes = Buffer.concat(chunks);
    const { partition, path } = at;
    this.kept.push({ at: { partition, path }, digest: digestOf('sha256', bytes), bytes });
    return bytes;
  }

  async namesIn(at: BootPath): Promise<readonly string[]> {
    const found = await this.#find(at);
    if (found?.file.kind !== 'folder') return [];
    return (await found.system.list(found.path)).flatMap(({ name, kind }) =>
      kind === 'folder' ? [] : [name],
    );
  }

  /** A file that is started. Throws VerificationError where it is none. */
  async digested({ partition, path: named }: BootPath): Promise<BootProof['kernel']> {
    const found = await this.#find({ partition, path: named });
    const { sizeBytes = 0, kind } = found?.file ?? {};
    if (found === undefined || kind !== 'file' || sizeBytes === 0) {
      throw new VerificationError(
        'EVIDENCE_MALFORMED',
        `the boot loader of the image names ${show(named)}, which is no file of partition ${String(partition)}`,
      );
    }
    if (sizeBytes > maxFileBytes) throw tooLarge({ partition, path: named }, sizeBytes, maxFileBytes);
    const digest = await digestOfStream('sha256', found.system.bytes(found.path, sizeBytes));
    return { partition, named, path: found.path, digest, size: sizeBytes };
  }

  /** By its path without links, all of which stay within their partition. Undefined where it leads nowhere. */
  async #find({ partition, path }: BootPath) {
    const system = this.#systems.get(partition);
    if (system === undefined) return undefined;
    let left = namesOf(path);
    let folder = '';
    for (let links = 0; links <= maxLinks;) {
      const [name, ...more] = left;
      if (name === undefined) return { system, path: folder || '/', file: folderNamed('') };
      const here = `${folder}/${name}`;
      const file = isPlainPath(here)
        ? (await system.list(folder || '/')).find((one) => one.name === name)
        : undefined;
      if (file === undefined) return undefined;
      if (file.kind === 'link') {
        links += 1;
        const target = await system.target(here);
        const from = target.startsWith('/') ? target : `${folder}/${target}`;
        [left, folder] = [[...namesOf(from), ...more], ''];
      } else if (more.length === 0) return { system, path: here, file };
      else if (file.kind === 'folder') [left, folder] = [more, here];
      else return undefined;
    }
    return undefined;
  }
}

function folderNamed(name: string): DiskFile {
  return { name, kind: 'folder', sizeBytes: 0 };
}

/** Text of the image's: what is too long leads nowhere. */
function namesOf(path: string): readonly string[] {
  return path.length > 4096
    ? ['\0']
    : plainPath(path)
        .split('/')
        .slice(1)
        .filter((name) => name !== '');
}

function tooLarge({ path, partition }: BootPath, sizeBytes: number, maxBytes: number): VerificationError {
  return new VerificationError(
    'LIMIT_EXCEEDED',
    `${show(path)} on partition ${String(partition)} of the image has ${String(sizeBytes)} bytes, expected at most ` +
      String(maxBytes),
  );
}

/**
 * The `DiskImages` port by programs of the host that need no root: qemu-img for the disk and debugfs for ext2-4, and 7-Zip
 * in place of either, and for FAT. The disk is unpacked once, sparsely, into a folder of this run's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VerificationError } from '../../model/errors.ts';
import type { DiskFileSystem, DiskImages, DiskPlace, OpenDisk } from '../../model/disk-image.ts';
import { ensureDirectory, openRegularFile } from '../files.ts';
import { orUnwritable } from '../temporary-file.ts';
import { debugfsFiles } from './debugfs.ts';
import { outputOf, textOf } from './program.ts';
import { rangeOf, readRange, writeSparse } from './raw-disk.ts';
import { findPrograms, type Program, type Programs } from './programs.ts';
import { sevenZipFiles } from './seven-zip.ts';

const unpacking = { timeoutMs: 1_800_000 };

/**
 * `searchPath`: folders of programs, as PATH has them. `workDir` is created where it is missing, and has room for disks.
 * Throws UsageError `TOOL_MISSING`.
 */
export async function openDiskImages(searchPath: string, workDir: string): Promise<DiskImages> {
  const programs = await findPrograms(searchPath);
  return {
    tools: programs.tools,
    async header(path, sizeBytes) {
      const file = await openRegularFile(path, 'refused');
      try {
        return await readRange(file, 0, sizeBytes);
      } finally {
        await file.close();
      }
    },
    async open(path, diskBytes) {
      await ensureDirectory(workDir, 0o700);
      const folder = await orUnwritable(workDir, mkdtemp(join(resolve(workDir), 'disk-')));
      const close = () => rm(folder, { recursive: true, force: true });
      try {
        const disk = join(folder, 'disk.raw');
        // The programs run in a folder of their own.
        await unpack(resolve(path), disk, diskBytes, programs.unpack);
        return await openDisk(disk, folder, programs, close);
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

async function unpack(path: string, disk: string, diskBytes: number, unpackBy: Program): Promise<void> {
  if (unpackBy.kind === '7-Zip') {
    const args = ['e', '-tqcow', '-so', '-bd', '--', path];
    await writeSparse(disk, outputOf(unpackBy.path, args, { ...unpacking, maxBytes: diskBytes }), diskBytes);
    return;
  }
  // Never by what the file looks like: the caller has seen that this is a qcow2 that names no other file.
  const args = ['convert', '-f', 'qcow2', '-O', 'raw', '--', path, disk];
  await textOf(unpackBy.path, args, { ...unpacking, maxBytes: 1 << 20 });
}

async function openDisk(
  disk: string,
  folder: string,
  programs: Programs,
  remove: () => Promise<void>,
): Promise<OpenDisk> {
  const file = await openRegularFile(disk, 'refused');
  const partitionAt = async ({ offsetBytes, sizeBytes }: DiskPlace) => {
    const path = join(folder, `${String(offsetBytes)}.img`);
    await writeSparse(path, rangeOf(file, offsetBytes, sizeBytes), sizeBytes);
    return path;
  };
  return {
    read: (offsetBytes, sizeBytes) => readRange(file, offsetBytes, sizeBytes),
    fileSystem(place): DiskFileSystem | undefined {
      const program = programs[place.type];
      if (program === undefined) return undefined;
      if (program.kind === 'debugfs') return whole(debugfsFiles(program.path, disk, place.offsetBytes));
      let cut: Promise<string> | undefined;
      return whole(sevenZipFiles(program.path, () => (cut ??= partitionAt(place))));
    },
    async close() {
      await file.close();
      await remove();
    },
  };
}

/** These programs may fall silent half-way, and end as if all were well. */
function whole(files: DiskFileSystem): DiskFileSystem {
  return {
    ...files,
    async *bytes(path, sizeBytes) {
      let found = 0;
      for await (const chunk of files.bytes(path, sizeBytes)) {
        found += chunk.byteLength;
        yield chunk;
      }
      if (found === sizeBytes) return;
      throw new VerificationError(
        'EVIDENCE_MALFORMED',
        `${path} in the image has ${String(found)} bytes, expected ${String(sizeBytes)} as its inode says`,
      );
    },
  };
}

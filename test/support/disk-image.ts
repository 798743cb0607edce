/** Disk images as clouds publish them, made without root: mke2fs for file systems, qemu-img for qcow2. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** Undefined where images can be made and read here, else why not. */
export async function whyNoImages(): Promise<string | undefined> {
  for (const [program, flag] of [
    ['mke2fs', '-V'],
    ['qemu-img', '--version'],
    ['debugfs', '-V'],
  ] as const) {
    const isThere = await run(program, [flag], { env }).then(
      () => true,
      () => false,
    );
    if (!isThere) return `there is no ${program} here`;
  }
  return undefined;
}

/** By path: text, bytes, or where a link leads. */
export type Tree = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

export interface PartitionContent {
  readonly number: number;
  readonly sizeBytes: number;
  /** Undefined for a partition without a file system. */
  readonly tree?: Tree;
  readonly uuid?: string;
  readonly label?: string;
}

const sector = 512;
const mebibyte = 1 << 20;

/** A disk with a GUID partition table, as it is. */
async function makeDisk(path: string, partitions: readonly PartitionContent[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'assay-disk-'));
  try {
    await writeFile(path, '');
    let at = mebibyte;
    const entries = Buffer.alloc(128 * 128);
    const disk = await open(path, 'r+');
    for (const { number, sizeBytes, tree, uuid, label } of partitions) {
      const entry = entries.subarray((number - 1) * 128, number * 128);
      Buffer.from('4f68bce3e8cd4db196e7fbcaf984b709', 'hex').copy(entry);
      entry.fill(number, 16, 32);
      entry.writeBigUInt64LE(BigInt(at / sector), 32);
      entry.writeBigUInt64LE(BigInt((at + sizeBytes) / sector - 1), 40);
      if (tree !== undefined) {
        const file = join(work, `${String(number)}.img`);
        await makeFileSystem(file, { sizeBytes, tree, uuid, label, work: join(work, String(number)) });
        const bytes = await readFile(file);
        await disk.write(bytes, 0, bytes.length, at);
      }
      at += sizeBytes;
    }
    const header = Buffer.alloc(sector);
    header.write('EFI PART', 'latin1');
    header.writeUInt32LE(0x10000, 8);
    header.writeBigUInt64LE(2n, 72);
    header.writeUInt32LE(128, 80);
    header.writeUInt32LE(128, 84);
    await disk.write(header, 0, sector, sector);
    await disk.write(entries, 0, entries.length, 2 * sector);
    await disk.close();
    await truncate(path, at + mebibyte);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The same as qcow2. */
export async function makeQcow2(path: string, partitions: readonly PartitionContent[]): Promise<void> {
  await makeDisk(`${path}.raw`, partitions);
  await run('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', `${path}.raw`, path], { env });
  await rm(`${path}.raw`);
}

interface FileSystemContent {
  readonly sizeBytes: number;
  readonly tree: Tree;
  readonly uuid: string | undefined;
  readonly label: string | undefined;
  /** A folder that is not there yet. */
  readonly work: string;
}

async function makeFileSystem(
  file: string,
  { sizeBytes, tree, uuid, label, work }: FileSystemContent,
): Promise<void> {
  await mkdir(work);
  for (const [name, content] of Object.entries(tree)) {
    const at = join(work, name);
    await mkdir(dirname(at), { recursive: true });
    if (typeof content === 'object' && 'link' in content) await symlink(content.link, at);
    else await writeFile(at, content);
  }
  await writeFile(file, '');
  await truncate(file, sizeBytes);
  const named = [...(uuid === undefined ? [] : ['-U', uuid]), ...(label === undefined ? [] : ['-L', label])];
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', ...named, '-d', work, file], { env });
}

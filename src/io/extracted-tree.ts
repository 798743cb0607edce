/** The `ExtractedTree` port over a real directory. No symbolic link below it is followed. */
import { constants, type Stats } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExtractedTree, TreeNode } from '../model/archive.ts';
import { orUnreadable } from './files.ts';
import { errnoOf } from './temporary-file.ts';

/** Throws UsageError `FILE_UNREADABLE`. */
export async function openExtractedTree(root: string): Promise<ExtractedTree> {
  await orUnreadable(root, () => lstat(join(root, '.')));
  return {
    async inspect(path) {
      const parts = path.split('/').slice(0, -1);
      for (let depth = 1; depth <= parts.length; depth += 1) {
        const above = await statOf(join(root, ...parts.slice(0, depth)));
        if (above?.isSymbolicLink()) return 'linked';
        if (!above?.isDirectory()) return 'missing';
      }
      const full = join(root, path, ...(path === '' ? ['.'] : []));
      const stats = await statOf(full);
      return stats === undefined ? 'missing' : nodeOf(full, stats);
    },
    hasContent: async (path, expected) => hasContent(join(root, path), expected),
  };
}

async function statOf(path: string): Promise<Stats | undefined> {
  return orUnreadable(path, async () => {
    try {
      return await lstat(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  });
}

async function nodeOf(path: string, stats: Stats): Promise<TreeNode> {
  const { mode, uid, gid, size, dev, ino } = stats;
  const isLink = stats.isSymbolicLink();
  const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : isLink ? 'symlink' : 'other';
  return {
    ...{ type, mode: mode & 0o7777, uid, gid, sizeBytes: size },
    linkTarget: isLink ? await orUnreadable(path, () => readlink(path)) : undefined,
    identity: `${dev}:${ino}`,
  };
}

async function hasContent(path: string, expected: AsyncIterable<Uint8Array>): Promise<boolean> {
  const file = await orUnreadable(path, () =>
    // Not through a link that was put there after the inspection, and not waiting for a pipe's writer.
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    let isSame = true;
    let fault: unknown;
    const buffer = Buffer.alloc(64 * 1024);
    const read = async (sizeBytes: number): Promise<Uint8Array> => {
      const { bytesRead } = await orUnreadable(path, () => file.read(buffer, 0, sizeBytes, null));
      return buffer.subarray(0, bytesRead);
    };
    // To its end, whatever happens: leaving the loop would end the archive for the members after this one.
    for await (const chunk of expected) {
      try {
        for (let offset = 0; isSame && fault === undefined && offset < chunk.byteLength;) {
          const wanted = chunk.subarray(offset, offset + buffer.byteLength);
          const found = await read(wanted.byteLength);
          isSame = found.length > 0 && Buffer.compare(found, wanted.subarray(0, found.length)) === 0;
          offset += found.length;
        }
      } catch (error) {
        fault = error;
      }
    }
    if (fault !== undefined) throw fault as Error;
    return isSame && (await read(1)).length === 0;
  } finally {
    await file.close();
  }
}

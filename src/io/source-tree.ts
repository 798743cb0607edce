/** A tree that is to be packaged: what is in it, without following a link, and the content of its files. */
import { constants } from 'node:fs';
import type { Dirent } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceNode } from '../model/archive.ts';
import { UsageError } from '../model/errors.ts';
import { orUnreadable, readChunks } from './files.ts';

/** Far beyond the configuration of a VM. */
const maxNodes = 100_000;

/** In no order. Throws UsageError `FILE_UNREADABLE` and `TREE_INVALID`. */
export async function listSourceTree(root: string): Promise<readonly SourceNode[]> {
  const nodes: SourceNode[] = [];
  const waiting: Uint8Array[] = [new Uint8Array()];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const { name } of await entriesOf(root, folder)) {
      const path = folder.length === 0 ? name : Buffer.concat([folder, Buffer.from('/'), name]);
      const node = await inspect(root, path);
      nodes.push(node);
      if (node.type === 'directory') waiting.push(path);
      if (nodes.length > maxNodes) {
        throw new UsageError('TREE_INVALID', `${root} has more than ${maxNodes} files`, {
          hint: 'Is it the right directory?',
        });
      }
    }
  }
  return nodes;
}

/** The bytes of a file: as many as it had when it was listed. Throws UsageError `TREE_INVALID` where it changed. */
export async function* readSourceFile(
  root: string,
  path: string,
  sizeBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  const full = join(root, path);
  const file = await orUnreadable(full, () =>
    open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    let left = sizeBytes;
    for await (const chunk of readChunks(file)) {
      left -= chunk.byteLength;
      if (left < 0) break;
      // The archive keeps chunks for a while, and the buffer is used again.
      yield Uint8Array.from(chunk);
    }
    if (left === 0) return;
    throw new UsageError('TREE_INVALID', `${full} changed while it was read`, {
      hint: 'Package a tree that nothing else writes to.',
    });
  } finally {
    await file.close();
  }
}

const fullPath = (root: string, path: Uint8Array): Buffer =>
  path.length === 0 ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), path]);

async function entriesOf(root: string, folder: Uint8Array): Promise<readonly Dirent<Buffer>[]> {
  const path = fullPath(root, folder);
  return orUnreadable(path.toString(), () => readdir(path, { encoding: 'buffer', withFileTypes: true }));
}

async function inspect(root: string, path: Uint8Array): Promise<SourceNode> {
  const full = fullPath(root, path);
  return orUnreadable(full.toString(), async () => {
    const stats = await lstat(full);
    const isLink = stats.isSymbolicLink();
    const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : isLink ? 'symlink' : 'other';
    return {
      ...{ path, type, mode: stats.mode & 0o7777, sizeBytes: stats.size },
      linkTarget: isLink ? await readlink(full, { encoding: 'buffer' }) : undefined,
    };
  });
}

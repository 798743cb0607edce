/** Files of a partition by debugfs of e2fsprogs, which reads ext2-4 at an offset of a disk. It ends with 0 whatever it found. */
import { basename, dirname } from 'node:path';
import type { DiskFile, DiskFileSystem } from '../../model/disk-image.ts';
import { outputOf, textOf } from './program.ts';

const listing = { timeoutMs: 60_000, maxBytes: 64 << 20 };
const reading = { timeoutMs: 300_000 };

/** `disk`: the path of the raw disk, in which the partition begins at `offsetBytes`. */
export function debugfsFiles(program: string, disk: string, offsetBytes: number): DiskFileSystem {
  // A request is one line, in which a plain path is one word.
  const argsFor = (request: string) => ['-R', request, `${basename(disk)}?offset=${String(offsetBytes)}`];
  // By its last name alone: in a path there may be a question mark.
  const directory = dirname(disk);
  const listed = new Map<string, Promise<readonly DiskFile[]>>();
  const list = async (folder: string) => {
    const text = await textOf(program, argsFor(`ls -p ${folder}`), { ...listing, directory });
    return text.split('\n').flatMap((line) => fileIn(line) ?? []);
  };
  return {
    list(folder) {
      const known = listed.get(folder) ?? list(folder);
      listed.set(folder, known);
      return known;
    },
    async target(link) {
      const told = await textOf(program, argsFor(`stat ${link}`), { ...listing, directory });
      // A short one stands in the inode, a long one in a block of its own.
      const short = /^Fast link dest: "([^"\n]*)"$/m.exec(told)?.[1];
      return short ?? textOf(program, argsFor(`cat ${link}`), { ...reading, directory, maxBytes: 4096 });
    },
    bytes: (path, sizeBytes) =>
      outputOf(program, argsFor(`cat ${path}`), { ...reading, directory, maxBytes: sizeBytes }),
  };
}

/** `/<inode>/<mode in octal>/<uid>/<gid>/<name>/<size>/`, without a size for folders. */
function fileIn(line: string): DiskFile | undefined {
  const [, mode = '', name = '', size = ''] =
    /^\/[0-9]+\/([0-7]+)\/[0-9]+\/[0-9]+\/([A-Za-z0-9.+~_][A-Za-z0-9.+~_-]*)\/([0-9]*)\/$/.exec(line) ?? [];
  if (name === '' || name === '.' || name === '..') return undefined;
  const kinds: Readonly<Record<string, DiskFile['kind']>> = { 10: 'file', 4: 'folder', 12: 'link' };
  const kind = kinds[(Number.parseInt(mode, 8) >> 12).toString(8)] ?? 'other';
  return { name, kind, sizeBytes: Number(size) };
}

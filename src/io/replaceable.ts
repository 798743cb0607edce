/** What a file may not take the place of: a device, a pipe, a socket, and the names of open files (`/dev/stdout`). */
import type { Stats } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../model/errors.ts';

/** Throws UsageError `FILE_UNWRITABLE` for what is no file: a rename would take it from whoever reads or writes there. */
export async function requireReplaceable(path: string): Promise<void> {
  const found = await specialKind(path);
  if (found === undefined) return;
  throw new UsageError('FILE_UNWRITABLE', `cannot write ${path}: it is ${found}, and no file`, {
    hint: 'Name a file. What a command prints without one, on standard output, can be sent there by the shell.',
    context: { path, found },
  });
}

/** Undefined for a file, for nothing, and for what the system has an error of its own for. */
async function specialKind(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink() !== true) return stats && kindOf(stats);
  // A link is replaced by itself, but for /dev/stdout and the like: whatever is open there, that is no file's name.
  const leadsTo = [path, resolve(dirname(path), await readlink(path).catch(() => ''))];
  if (leadsTo.some((one) => /^\/(?:proc\/[^/]+|dev)\/fd\/\d+$/.test(resolve(one))))
    return 'an open file of a process';
  const target = await stat(path).catch(() => undefined);
  return target && kindOf(target);
}

function kindOf(stats: Stats): string | undefined {
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'a device';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : undefined;
}

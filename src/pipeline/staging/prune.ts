/** Takes out of a staging directory what its manifest does not name. */
import type { StagingDirectory } from '../../model/ports.ts';

/**
 * Removes regular files directly in the directory that are not among `names`, and what interrupted runs left. Hidden
 * files, links and directories were not put there by staging, and stay. Returns what it removed, sorted. Throws
 * UsageError `FILE_UNWRITABLE`.
 */
export async function pruneDirectory(
  directory: StagingDirectory,
  names: ReadonlySet<string>,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { name, kind } of await directory.list()) {
    const isOurs = kind === 'partial' || (kind === 'file' && !name.startsWith('.') && !names.has(name));
    if (!isOurs) continue;
    await directory.remove(name);
    removed.push(name);
  }
  return removed;
}

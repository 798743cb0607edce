/** A directory, byte for byte: for "nothing changed" and "these changed". */
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file below `directory` by its path, as hex; links and directories are named, too. */
export async function snapshot(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const named = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = entry.isFile() ? await readFile(path, 'hex') : 'no regular file';
      return [relative(directory, path), content] as const;
    }),
  );
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The paths that differ, those that only one of them has included. */
export function changedPaths(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths].filter((path) => before[path] !== after[path]).sort();
}

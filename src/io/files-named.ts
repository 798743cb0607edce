/** Files of one name in a folder and those below it. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { orUnreadable, typeOfPath } from './files.ts';

/** In the order of their paths; the path itself where it is a file. Throws UsageError `FILE_UNREADABLE`. */
export async function filesNamed(path: string, name: string): Promise<readonly string[]> {
  if ((await typeOfPath(path)) !== 'folder') return [path];
  const found = await orUnreadable(path, () => readdir(path, { recursive: true }));
  return found
    .filter((one) => basename(one) === name)
    .map((one) => join(path, one))
    .sort();
}

/** Files as values: for programs that have no directory of their own. */
import type { OwnFiles } from '../../model/own-files.ts';

/** What is written is in `files` afterwards, by its path. */
export function memoryFiles(files: Map<string, Uint8Array>): OwnFiles {
  return {
    read: (path) => Promise.resolve(files.get(path)),
    replaceAll: (all) => {
      for (const { path, bytes } of all) files.set(path, bytes);
      return Promise.resolve();
    },
    list: (directory) => {
      const below = [...files.keys()].filter((path) => path.startsWith(`${directory}/`));
      const names = below.map((path) => path.slice(directory.length + 1));
      return Promise.resolve(names.filter((name) => !name.includes('/')));
    },
    remove: (path) => {
      files.delete(path);
      return Promise.resolve();
    },
  };
}

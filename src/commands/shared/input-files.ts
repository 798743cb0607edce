/** Files that a user names on the command line. */
import { UsageError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';

/** Throws UsageError `FILE_UNREADABLE`, also where there is no such file. */
export async function readRequired(path: string, files: FileStore): Promise<Uint8Array> {
  const bytes = await files.read(path);
  if (bytes !== undefined) return bytes;
  throw new UsageError('FILE_UNREADABLE', `${path} does not exist`);
}

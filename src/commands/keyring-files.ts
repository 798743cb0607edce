/** Keyrings that a user names on the command line. */
import type { FileStore } from '../model/ports.ts';
import { readKeyring, type Keyring } from '../verify/openpgp/keyring.ts';
import { readRequired } from './input-files.ts';

/** Keyring files are the user's own trust: no pins are asked for. */
export async function openKeyringFiles(paths: readonly string[], files: FileStore): Promise<Keyring> {
  const contents = await Promise.all(
    paths.map(async (name) => ({ name, bytes: await readRequired(name, files) })),
  );
  return readKeyring(contents);
}

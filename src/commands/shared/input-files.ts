/** Files that a user names on the command line. What reads them is loaded with the first of its kind. */
import { basename, dirname } from 'node:path';
import type { Manifest } from '../../formats/own/manifest.ts';
import { didYouMean } from '../../formats/text/problems.ts';
import { createFileStore } from '../../io/file-store.ts';
import { UsageError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import type { Keyring } from '../../verify/openpgp/keyring.ts';

/** Throws UsageError `FILE_UNREADABLE`, also where there is no such file. */
export async function readRequired(path: string, files: FileStore): Promise<Uint8Array> {
  const bytes = await files.read(path);
  if (bytes !== undefined) return bytes;
  const beside = await createFileStore()
    .list(dirname(path))
    .catch(() => []);
  throw new UsageError('FILE_UNREADABLE', `${path} does not exist${didYouMean(basename(path), beside)}`);
}

/**
 * For who asks a person between reading a file and replacing it: that takes as long as the person does. Throws UsageError
 * `CATALOGUE_INVALID` for what was edited by then.
 */
export async function requireUnchanged(path: string, bytes: Uint8Array, files: FileStore): Promise<void> {
  if (Buffer.compare(await readRequired(path, files), bytes) === 0) return;
  throw new UsageError('CATALOGUE_INVALID', `${path} was changed while the upstream was looked at`, {
    hint: 'Nothing was written. Run it again.',
  });
}

/** The manifest, and the bytes that it was read from. Throws UsageError `MANIFEST_INVALID` or `FILE_UNREADABLE`. */
export async function readManifest(file: string): Promise<{ manifest: Manifest; bytes: Uint8Array }> {
  const bytes = await readRequired(file, createFileStore());
  const { parseManifest } = await import('../../formats/own/manifest.ts');
  return { manifest: parseManifest(bytes, file), bytes };
}

/** Keyrings, the user's own trust: no pins are asked for. Throws UsageError `FILE_UNREADABLE`, and as `readKeyring` does. */
export async function openKeyringFiles(
  paths: readonly string[],
  files: FileStore = createFileStore(),
): Promise<Keyring> {
  const { readKeyring } = await import('../../verify/openpgp/keyring.ts');
  return readKeyring(
    await Promise.all(paths.map(async (name) => ({ name, bytes: await readRequired(name, files) }))),
  );
}

/** Manifests as files, with what is remembered beside each. */
import { parseEvidence, type EvidenceFile, type Remembered } from '../../formats/own/evidence.ts';
import { parseManifest, type Manifest } from '../../formats/own/manifest.ts';
import { UsageError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import { readRemembered } from '../shared/remembered.ts';

export interface ReadManifest {
  /** As the user named it. */
  readonly file: string;
  readonly directory: string;
  readonly fileName: string;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  /** Without the file each entry is without evidence. */
  readonly evidence: EvidenceFile;
  /** Undefined where there is no such file. */
  readonly evidenceBytes: Uint8Array | undefined;
}

/** Throws UsageError `FILE_UNREADABLE`, `MANIFEST_INVALID`, `STATE_INVALID`. */
export function readManifests(paths: readonly string[], files: FileStore): Promise<readonly ReadManifest[]> {
  return Promise.all(paths.map((path) => readManifestAt(path, files)));
}

/** `prefix`: before the paths in messages, where they are no files on disk. Throws as `readManifests` does. */
export async function readManifestAt(
  file: string,
  files: Pick<FileStore, 'read'>,
  prefix = '',
): Promise<ReadManifest> {
  const [, directory = '.', fileName = file] = /^(?:(.*)\/)?([^/]*)$/s.exec(file) ?? [];
  // Not by the directory: to git a path that begins with a dot is another.
  const evidenceFile = file.replace(/[^/]*$/, (name) => `evidence/${name}`);
  const [bytes, evidenceBytes] = await Promise.all([files.read(file), files.read(evidenceFile)]);
  if (bytes === undefined) throw new UsageError('FILE_UNREADABLE', `${prefix}${file} does not exist`);
  const manifest = parseManifest(bytes, prefix + file);
  const evidence = evidenceBytes === undefined ? {} : parseEvidence(evidenceBytes, prefix + evidenceFile);
  return { file, directory, fileName, manifest, bytes, evidence, evidenceBytes };
}

/** Of all their directories, the strictest. Throws UsageError `STATE_INVALID`. */
export async function rememberedBeside(
  manifests: readonly ReadManifest[],
  files: FileStore,
): Promise<Remembered> {
  const directories = [...new Set(manifests.map((one) => one.directory))];
  const all = await Promise.all(directories.map((directory) => readRemembered(directory, files)));
  return {
    dates: highest(all.flatMap(({ dates }) => [...dates])),
    logs: highest(all.flatMap(({ logs }) => [...logs])),
  };
}

function highest<T extends Date | number>(
  entries: readonly (readonly [string, T])[],
): ReadonlyMap<string, T> {
  const highestOf = new Map<string, T>();
  for (const [key, value] of entries) {
    const known = highestOf.get(key);
    if (known === undefined || known < value) highestOf.set(key, value);
  }
  return highestOf;
}

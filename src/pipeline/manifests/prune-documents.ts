/** Removes documents of the evidence that no proof names any more. */
import { parseEvidence } from '../../formats/own/evidence.ts';
import { AssayError } from '../../model/errors.ts';
import type { OwnFiles } from '../../model/own-files.ts';
import { readBootProofs } from '../shared/boot-proof.ts';
import { documentName, documentsDirectory } from '../shared/kept-documents.ts';
import { isEvidenceName } from '../shared/remembered.ts';
import type { ManifestPaths, NextState } from './manifest-state.ts';

/**
 * `written`: what has just been written there. Every evidence file of the directory counts, also those of manifests that
 * the catalogue does not have: where one cannot be read, nothing is removed. Nor is what has not the name of a document.
 * Throws UsageError `FILE_UNREADABLE`, `FILE_UNWRITABLE`.
 */
export async function pruneDocuments(
  { manifestsDir }: ManifestPaths,
  files: OwnFiles,
  written: readonly NextState[],
): Promise<void> {
  const known = new Map(written.map(({ target, evidence }) => [target.fileName, evidence]));
  const named = new Set<string>();
  try {
    const images = Object.values((await readBootProofs(manifestsDir, files)) ?? {});
    for (const { digest } of images.flatMap(({ documents }) => documents)) named.add(documentName(digest));
  } catch (error) {
    if (error instanceof AssayError) return;
    throw error;
  }
  for (const name of await files.list(`${manifestsDir}/evidence`)) {
    if (!isEvidenceName(name)) continue;
    const path = `${manifestsDir}/evidence/${name}`;
    try {
      const entries = known.get(name) ?? parseEvidence((await files.read(path)) ?? new Uint8Array(), path);
      for (const { documents, anchors } of Object.values(entries)) {
        const files = [...documents.filter(({ text }) => text === undefined), ...anchors];
        for (const { digest } of files) named.add(documentName(digest));
      }
    } catch (error) {
      if (error instanceof AssayError) return;
      throw error;
    }
  }
  const directory = documentsDirectory(manifestsDir);
  for (const name of await files.list(directory)) {
    const isDocument = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})$/.test(name);
    if (isDocument && !named.has(name)) await files.remove(`${directory}/${name}`);
  }
}

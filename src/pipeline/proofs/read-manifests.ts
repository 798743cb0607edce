/** Manifests as files, with what is remembered beside each. */
import { parseEvidence, parseMetadataDates, type EvidenceFile } from '../../formats/own/evidence.ts';
import { parseManifest, type Manifest } from '../../formats/own/manifest.ts';
import { UsageError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';

export interface ReadManifest {
  /** As the user named it. */
  readonly file: string;
  readonly directory: string;
  readonly fileName: string;
  readonly manifest: Manifest;
  /** Without the file each entry is without evidence. */
  readonly evidence: EvidenceFile;
}

/** Throws UsageError `FILE_UNREADABLE`, `MANIFEST_INVALID`, `STATE_INVALID`. */
export function readManifests(paths: readonly string[], files: FileStore): Promise<readonly ReadManifest[]> {
  return Promise.all(
    paths.map(async (file) => {
      const [, directory = '.', fileName = file] = /^(?:(.*)\/)?([^/]*)$/s.exec(file) ?? [];
      const evidenceFile = `${directory}/evidence/${fileName}`;
      const [bytes, evidence] = await Promise.all([files.read(file), files.read(evidenceFile)]);
      if (bytes === undefined) throw new UsageError('FILE_UNREADABLE', `${file} does not exist`);
      return {
        ...{ file, directory, fileName, manifest: parseManifest(bytes, file) },
        evidence: evidence === undefined ? {} : parseEvidence(evidence, evidenceFile),
      };
    }),
  );
}

/** By URL the newest date that was accepted, of all their directories. Throws UsageError `STATE_INVALID`. */
export async function readMetadataDates(
  manifests: readonly ReadManifest[],
  files: FileStore,
): Promise<ReadonlyMap<string, Date>> {
  const newest = new Map<string, Date>();
  for (const directory of new Set(manifests.map((one) => one.directory))) {
    const file = `${directory}/evidence/metadata-dates.json`;
    const bytes = await files.read(file);
    for (const [url, date] of bytes === undefined ? [] : parseMetadataDates(bytes, file)) {
      const known = newest.get(url);
      if (known === undefined || known < date) newest.set(url, date);
    }
  }
  return newest;
}

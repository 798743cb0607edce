/** Manifests as files, with what is remembered beside each. */
import { parseEvidence, parseMetadataDates } from '../../formats/own/evidence.ts';
import { parseManifest } from '../../formats/own/manifest.ts';
import { UsageError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import type { ProvenManifest } from './proven-entries.ts';

export interface ReadManifests {
  readonly manifests: readonly ProvenManifest[];
  /** By URL the newest date that was accepted, of all their directories. */
  readonly metadataDates: ReadonlyMap<string, Date>;
}

/** Throws UsageError `FILE_UNREADABLE`, `MANIFEST_INVALID`, `STATE_INVALID`. Where there is no evidence, nothing is proven. */
export async function readManifests(paths: readonly string[], files: FileStore): Promise<ReadManifests> {
  const metadataDates = new Map<string, Date>();
  const manifests = await Promise.all(
    paths.map(async (path) => {
      const bytes = await files.read(path);
      if (bytes === undefined) throw new UsageError('FILE_UNREADABLE', `${path} does not exist`);
      const at = path.lastIndexOf('/') + 1;
      const folder = `${path.slice(0, at)}evidence`;
      const [evidence, dates] = await Promise.all(
        [path.slice(at), 'metadata-dates.json'].map(async (name) => {
          const file = `${folder}/${name}`;
          const found = await files.read(file);
          return found && { bytes: found, file };
        }),
      );
      for (const [url, date] of dates === undefined ? [] : parseMetadataDates(dates.bytes, dates.file)) {
        const known = metadataDates.get(url);
        if (known === undefined || known < date) metadataDates.set(url, date);
      }
      return {
        file: path,
        manifest: parseManifest(bytes, path),
        evidence: evidence === undefined ? {} : parseEvidence(evidence.bytes, evidence.file),
      };
    }),
  );
  return { manifests, metadataDates };
}

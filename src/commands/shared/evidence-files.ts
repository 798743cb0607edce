/** Manifests that a user names, each with the evidence that is kept beside it. */
import { basename, dirname } from 'node:path';
import { parseEvidence, type EvidenceFile } from '../../formats/own/evidence.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { createFileStore } from '../../io/file-store.ts';
import { UsageError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import { readManifest } from './input-files.ts';

export interface ProvenManifest {
  /** As it was named. */
  readonly path: string;
  /** For example `knc.debian-13.amd64.json`. */
  readonly fileName: string;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  /** Undefined where there is no evidence beside it. */
  readonly evidence: EvidenceFile | undefined;
  readonly evidenceBytes: Uint8Array | undefined;
  readonly evidenceFile: string;
}

/**
 * Throws UsageError `USAGE` for one that is named twice, `MANIFEST_INVALID`, `STATE_INVALID` or `FILE_UNREADABLE`.
 */
export async function readProvenManifests(paths: readonly string[]): Promise<readonly ProvenManifest[]> {
  const read = await Promise.all(paths.map(readProvenManifest));
  const names = new Set<string>();
  for (const { fileName } of read) {
    if (names.has(fileName)) throw new UsageError('USAGE', `two of the manifests are called ${fileName}`);
    names.add(fileName);
  }
  return read;
}

async function readProvenManifest(path: string): Promise<ProvenManifest> {
  const { manifest, bytes } = await readManifest(path);
  const fileName = basename(path);
  const evidenceFile = `${dirname(path)}/evidence/${fileName}`;
  const evidenceBytes = await createFileStore().read(evidenceFile);
  const evidence = evidenceBytes && parseEvidence(evidenceBytes, evidenceFile);
  return { path, fileName, manifest, bytes, evidence, evidenceBytes, evidenceFile };
}

/** Files as they were read before, so that what is judged is what is told of, whatever becomes of them meanwhile. */
export function filesAsRead(manifests: readonly ProvenManifest[], files: FileStore): FileStore {
  const known = new Map(
    manifests.flatMap(({ path, bytes, evidenceFile, evidenceBytes }) => [
      [path, bytes] as const,
      [evidenceFile, evidenceBytes] as const,
    ]),
  );
  return {
    ...files,
    read: (path) => (known.has(path) ? Promise.resolve(known.get(path)) : files.read(path)),
  };
}

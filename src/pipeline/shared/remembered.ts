/** What is remembered of all manifests of a directory together: files in `evidence/` that are no manifest's own. */
import { nothingRemembered, parseRemembered, type Remembered } from '../../formats/own/evidence.ts';
import type { FileStore } from '../../model/ports.ts';

const datesName = 'metadata-dates.json';
const linesName = 'release-lines.json';
const bootName = 'os-boot.json';
/** Relative to the manifests. */
export const bootProofsPath = `evidence/${bootName}`;

export function rememberedFile(manifestsDir: string): string {
  return `${manifestsDir}/evidence/${datesName}`;
}

export function releaseLinesFile(manifestsDir: string): string {
  return `${manifestsDir}/evidence/${linesName}`;
}

export function bootProofsFile(manifestsDir: string): string {
  return `${manifestsDir}/${bootProofsPath}`;
}

/** Of a file in `evidence/`: does it have the proofs of one manifest? */
export function isEvidenceName(name: string): boolean {
  return name.endsWith('.json') && ![datesName, linesName, bootName].includes(name);
}

/** Throws UsageError `STATE_INVALID`, `FILE_UNREADABLE`. */
export async function readRemembered(
  manifestsDir: string,
  files: Pick<FileStore, 'read'>,
): Promise<Remembered> {
  const file = rememberedFile(manifestsDir);
  const bytes = await files.read(file);
  return bytes === undefined ? nothingRemembered : parseRemembered(bytes, file);
}

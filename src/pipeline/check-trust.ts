/** The committed trust anchors against their pins, without the network. */
import { VerificationError } from '../model/errors.ts';
import type { FileStore } from '../model/ports.ts';
import { namingDocument } from '../verify/naming.ts';
import { verifyKeyBlock, type KeyReport } from '../verify/openpgp/key-block.ts';
import { readPins } from './trust.ts';

interface AnchorStanding {
  readonly name: string;
  readonly file: string;
}

export type AnchorReport = AnchorStanding &
  (
    | { readonly status: 'good'; readonly keys: readonly KeyReport[] }
    /** Pinned, but its keys have not been fetched: it can vouch for nothing. */
    | { readonly status: 'missing' }
    | { readonly status: 'refused'; readonly error: VerificationError }
  );

/** Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`. What is wrong with an anchor is in its report. */
export async function checkTrust(
  trustDir: string,
  files: FileStore,
  now: Date,
): Promise<readonly AnchorReport[]> {
  const { anchors } = await readPins(trustDir, files);
  const reports: AnchorReport[] = [];
  for (const [name, anchor] of Object.entries(anchors)) {
    const file = `${trustDir}/${anchor.file}`;
    const bytes = await files.read(file);
    if (bytes === undefined) {
      reports.push({ name, file, status: 'missing' });
      continue;
    }
    try {
      const keys = await namingDocument(file, () => verifyKeyBlock(bytes, anchor.fingerprints, now));
      reports.push({ name, file, status: 'good', keys });
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      reports.push({ name, file, status: 'refused', error });
    }
  }
  return reports;
}

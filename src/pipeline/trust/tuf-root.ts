/** Roots of Sigstore's TUF repository: the pinned one in `trust/`, and what a person reviews of any. */
import type { SigstoreAnchor } from '../../formats/own/trust-pins.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import { digestOf } from '../../verify/digest.ts';
import type { TufRootReport } from '../../model/trust-review.ts';
import { roleOf } from '../../verify/tuf/metadata.ts';
import { compareRoles } from '../../verify/tuf/role-changes.ts';
import { openPinnedTufRoot, type TufRoot } from '../../verify/tuf/update.ts';

export interface TufRootVersion extends TufRootReport {
  readonly bytes: Uint8Array;
}

/**
 * The pinned root, whole and signed by its own keys; it may have expired. Throws UsageError `FILE_UNREADABLE`, and
 * VerificationError `EVIDENCE_MISSING`, and as `openPinnedTufRoot` does.
 */
export async function readPinnedTufRoot(
  trustDir: string,
  files: FileStore,
  anchor: SigstoreAnchor,
): Promise<TufRootVersion> {
  const file = `${trustDir}/${anchor.root.file}`;
  const bytes = await files.read(file);
  if (bytes === undefined) {
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `the pinned root of the TUF repository: there is no ${file}`,
      {
        hint: 'Restore it from version control: an update of the trusted root starts from it.',
      },
    );
  }
  return describeTufRoot(openPinnedTufRoot(bytes, anchor.root, file), bytes);
}

/** `before` is the root that it follows; undefined of the pinned one. */
export function describeTufRoot(root: TufRoot, bytes: Uint8Array, before?: TufRoot): TufRootVersion {
  const { keyIDs, threshold } = roleOf(root, 'root');
  const { version, expires } = root;
  const changes = before === undefined ? [] : compareRoles(before, root);
  return {
    version,
    digest: digestOf('sha256', bytes),
    expires,
    keyIds: [...keyIDs],
    threshold,
    changes,
    bytes,
  };
}

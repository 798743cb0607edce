/** A root of a TUF repository, as a person reviews it. */
import type { TufRootReport } from '../../model/trust-review.ts';
import { digestOf } from '../digest.ts';
import { roleOf } from './metadata.ts';
import { compareRoles } from './role-changes.ts';
import type { TufRoot } from './update.ts';

export interface TufRootVersion extends TufRootReport {
  readonly bytes: Uint8Array;
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

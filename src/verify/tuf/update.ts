/**
 * The client's update of a TUF repository (The Update Framework's specification 1.0.33, section 5), without its I/O and
 * without its cache: from a pinned root to the digest of one target. Each function is one download's judgement; steps
 * are numbered as the specification numbers them. Top-level roles alone: what a delegated role says is never asked.
 */
import type { TufVersions } from '../../formats/own/tuf-versions.ts';
import { digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { pinMismatch, verifyPinned } from '../pinned.ts';
import {
  digestsAmong,
  requireFresh,
  requireNotOlder,
  requireVersion,
  verifyListed,
  type Listed,
} from './checks.ts';
import { parseTufDocument, verifySignatures, type TufDocument } from './metadata.ts';
import { compareRoles, hasOtherKeys } from './role-changes.ts';

export type TufRoot = TufDocument<'root'>;

/** What has been seen before, as far as it counts under the newest root. */
export type RememberedVersions = Partial<TufVersions>;

/** More rotations than any repository has had. */
export const maxRootRotations = 64;

/**
 * Step 5.2: the root that the update starts from. The pin says whether it is the right one; that it is signed by its
 * own keys shows that it is whole. It may have expired. Throws VerificationError `PIN_MISMATCH`, and as
 * `parseTufDocument` and `verifySignatures` do.
 */
export function openPinnedTufRoot(
  bytes: Uint8Array,
  pin: { readonly version: number; readonly digest: Digest },
  what: string,
): TufRoot {
  verifyPinned(bytes, pin.digest, what);
  const root = parseTufDocument('root', bytes, what);
  if (root.version !== pin.version) {
    throw pinMismatch(what, `version ${String(root.version)}`, `version ${String(pin.version)}`);
  }
  verifySignatures(root, root);
  return root;
}

/**
 * Steps 5.3.4 to 5.3.7: the next root, one version on, signed by the keys of the trusted one and by its own. Throws
 * VerificationError `SIGNATURE_INVALID`, `METADATA_ROLLBACK`, `SUBJECT_MISMATCH`, and as `parseTufDocument` does.
 */
export function verifyNextRoot(trusted: TufRoot, bytes: Uint8Array, what: string): TufRoot {
  const next = parseTufDocument('root', bytes, what);
  verifySignatures(trusted, next); // 5.3.4
  verifySignatures(next, next);
  requireVersion(next, trusted.version + 1); // 5.3.5
  return next;
}

/**
 * Steps 5.3.10 and 5.3.11: the newest root has not expired, and what to remember of earlier runs. `chain` is the pinned
 * root and those that follow it. Where one of them replaced the keys of the snapshot or of the timestamp, nothing is
 * remembered of both, nor what a snapshot said of the targets' version: whoever had the old keys may have signed
 * versions too high to be ever reached. Other keys of the targets alone change nothing about it.
 * Throws VerificationError `METADATA_EXPIRED`, `METADATA_ROLLBACK`.
 */
export function verifyFinalRoot(
  chain: readonly [TufRoot, ...TufRoot[]],
  seen: TufVersions | undefined,
  now: Date,
): RememberedVersions {
  const final = chain.at(-1) ?? chain[0];
  requireFresh(final, now);
  if (seen === undefined) return {};
  requireNotOlder(final, seen.root);
  const changes = chain.flatMap((root, index) => compareRoles(chain[index - 1] ?? root, root));
  const isRotated = changes.some(
    (change) => (change.role === 'snapshot' || change.role === 'timestamp') && hasOtherKeys(change),
  );
  return isRotated ? {} : seen;
}

/**
 * Steps 5.4.2 to 5.4.4. Throws VerificationError `SIGNATURE_INVALID`, `METADATA_ROLLBACK`, `METADATA_EXPIRED`, and as
 * `parseTufDocument` does.
 */
export function verifyTimestamp(
  root: TufRoot,
  bytes: Uint8Array,
  remembered: RememberedVersions,
  now: Date,
): TufDocument<'timestamp'> {
  const timestamp = parseTufDocument('timestamp', bytes, 'timestamp.json');
  verifySignatures(root, timestamp); // 5.4.2
  requireNotOlder(timestamp, remembered.timestamp); // 5.4.3.1
  const { version } = timestamp.metadata.signed.snapshotMeta;
  requireNotOlder({ what: 'the snapshot that timestamp.json names', version }, remembered.snapshot); // 5.4.3.2
  requireFresh(timestamp, now); // 5.4.4
  return timestamp;
}

/**
 * Steps 5.5.2 to 5.5.6. Throws VerificationError `SIZE_MISMATCH`, `DIGEST_MISMATCH`, `ALGORITHM_REFUSED`,
 * `SUBJECT_MISMATCH`, and as `verifyTimestamp` does.
 */
export function verifySnapshot(
  root: TufRoot,
  timestamp: TufDocument<'timestamp'>,
  bytes: Uint8Array,
  remembered: RememberedVersions,
  now: Date,
): TufDocument<'snapshot'> {
  const { snapshotMeta } = timestamp.metadata.signed;
  const what = snapshotFileName(timestamp);
  verifyListed(bytes, snapshotMeta, what); // 5.5.2
  const snapshot = parseTufDocument('snapshot', bytes, what);
  verifySignatures(root, snapshot); // 5.5.3
  requireVersion(snapshot, snapshotMeta.version); // 5.5.4
  const { version } = targetsMeta(snapshot);
  requireNotOlder({ what: `the targets that ${what} names`, version }, remembered.targets); // 5.5.5
  requireFresh(snapshot, now); // 5.5.6
  return snapshot;
}

/** Steps 5.6.2 to 5.6.5. Throws as `verifySnapshot` does. */
export function verifyTargets(
  root: TufRoot,
  snapshot: TufDocument<'snapshot'>,
  bytes: Uint8Array,
  now: Date,
): TufDocument<'targets'> {
  const meta = targetsMeta(snapshot);
  const what = targetsFileName(snapshot);
  verifyListed(bytes, meta, what); // 5.6.2
  const targets = parseTufDocument('targets', bytes, what);
  verifySignatures(root, targets); // 5.6.3
  requireVersion(targets, meta.version); // 5.6.4
  requireFresh(targets, now); // 5.6.5
  return targets;
}

/** Step 5.5.1, with consistent snapshots, as every root here has them. */
export function snapshotFileName(timestamp: TufDocument<'timestamp'>): string {
  return `${String(timestamp.metadata.signed.snapshotMeta.version)}.snapshot.json`;
}

/** Step 5.6.1. */
export function targetsFileName(snapshot: TufDocument<'snapshot'>): string {
  return `${String(targetsMeta(snapshot).version)}.targets.json`;
}

/** One target, as the targets role itself describes it. */
export interface ListedTarget extends Listed {
  readonly name: string;
  /** The name of its file in a repository with consistent snapshots (5.7.3). */
  readonly fileName: string;
}

/**
 * Steps 5.6.7 and 5.7.2, without delegations. Throws VerificationError `EVIDENCE_MISSING` where the targets role has no
 * such target, `ALGORITHM_REFUSED` where it has neither SHA-256 nor SHA-512 of it, `EVIDENCE_MALFORMED`.
 */
export function findTarget(targets: TufDocument<'targets'>, name: string): ListedTarget {
  const listed = targets.metadata.signed.targets;
  const file = Object.hasOwn(listed, name) ? listed[name] : undefined;
  if (file === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${targets.what} lists no target ${name}`, {
      hint: 'What a delegated role lists does not count: the targets role must sign it itself.',
      context: { document: targets.what, target: name },
    });
  }
  const { length, hashes } = file;
  const [digest] = digestsAmong(hashes, `${targets.what}: ${name}`);
  return { name, length, hashes, fileName: `${digestHex(digest)}.${name}` };
}

/** Step 5.7.3. Throws VerificationError `SIZE_MISMATCH`, `DIGEST_MISMATCH`. */
export function verifyTarget(target: ListedTarget, bytes: Uint8Array): void {
  verifyListed(bytes, target, target.name);
}

function targetsMeta(snapshot: TufDocument<'snapshot'>): Listed & { readonly version: number } {
  const meta = snapshot.metadata.signed.meta['targets.json'];
  // The schema asks for it.
  if (meta === undefined) throw new TypeError(`${snapshot.what} names no targets`);
  return meta;
}

/**
 * The client's update of a TUF repository (The Update Framework's specification 1.0.33, section 5), without its I/O and
 * without its cache: from a pinned root to the digest of one target. Each function is one download's judgement; steps
 * are numbered as the specification numbers them. Top-level roles alone: what a delegated role says is never asked.
 */
import type { TufVersions } from '../../formats/tuf-versions.ts';
import { digestFromHex, digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { digestOf, verifyBytes, type Expected } from '../digest.ts';
import { pinMismatch, verifyPinned } from '../pinned.ts';
import {
  keyMaterial,
  parseTufDocument,
  roleOf,
  verifySignatures,
  type RoleName,
  type TufDocument,
} from './metadata.ts';

export type TufRoot = TufDocument<'root'>;

/** What has been seen before, as far as this root's keys still answer for it. */
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
 * Steps 5.3.10 and 5.3.11: the newest root has not expired, and what to remember of earlier runs. A role whose keys
 * were replaced starts anew: whoever had the old ones may have signed a version too high to be ever reached.
 * Throws VerificationError `METADATA_EXPIRED`, `METADATA_ROLLBACK`.
 */
export function verifyFinalRoot(
  pinned: TufRoot,
  final: TufRoot,
  seen: TufVersions | undefined,
  now: Date,
): RememberedVersions {
  requireFresh(final, now);
  if (seen === undefined) return {};
  requireNotOlder(final, seen.root);
  const roles = ['timestamp', 'snapshot', 'targets'] as const;
  return Object.fromEntries(
    roles.filter((role) => hasSameKeys(pinned, final, role)).map((role) => [role, seen[role]]),
  );
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
  const what = `${String(snapshotMeta.version)}.snapshot.json`;
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
  const what = `${String(meta.version)}.targets.json`;
  verifyListed(bytes, meta, what); // 5.6.2
  const targets = parseTufDocument('targets', bytes, what);
  verifySignatures(root, targets); // 5.6.3
  requireVersion(targets, meta.version); // 5.6.4
  requireFresh(targets, now); // 5.6.5
  return targets;
}

/** One target, as the targets role itself describes it. */
export interface ListedTarget extends Expected {
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
  const [digest] = digestsOf(file.hashes, `${targets.what}: ${name}`);
  return { digest, sizeBytes: file.length, fileName: `${digestHex(digest)}.${name}` };
}

interface Listed {
  readonly length?: number | undefined;
  readonly hashes?: Readonly<Record<string, string>> | undefined;
}

/** The length and every digest that the role above lists, if it lists them: a version alone is allowed (4.4). */
function verifyListed(bytes: Uint8Array, { length, hashes }: Listed, what: string): void {
  const sizeBytes = length ?? bytes.length;
  const digests = hashes === undefined ? [] : digestsOf(hashes, what);
  for (const digest of digests.length > 0 ? digests : [digestOf('sha256', bytes)]) {
    verifyBytes(bytes, { digest, sizeBytes }, what);
  }
}

/** SHA-256 before SHA-512. Other algorithms are passed over, as long as there is one of these. */
function digestsOf(hashes: Readonly<Record<string, string>>, what: string): [Digest, ...Digest[]] {
  const [first, ...others] = (['sha256', 'sha512'] as const).flatMap((algorithm) => {
    const hex = hashes[algorithm];
    if (hex === undefined) return [];
    const digest = digestFromHex(algorithm, hex);
    if (digest !== undefined) return [digest];
    throw new VerificationError('EVIDENCE_MALFORMED', `${what}: the ${algorithm} has the wrong length`);
  });
  if (first !== undefined) return [first, ...others];
  throw new VerificationError('ALGORITHM_REFUSED', `${what}: neither SHA-256 nor SHA-512 is listed`, {
    context: { found: Object.keys(hashes) },
  });
}

function targetsMeta(snapshot: TufDocument<'snapshot'>): Listed & { readonly version: number } {
  const meta = snapshot.metadata.signed.meta['targets.json'];
  // The schema asks for it.
  if (meta === undefined) throw new TypeError(`${snapshot.what} names no targets`);
  return meta;
}

interface Versioned {
  readonly what: string;
  readonly version: number;
}

/** The version that the role above names, or that follows: a document of another time must not be mixed in. */
function requireVersion(found: Versioned, expected: number): void {
  requireNotOlder(found, expected);
  if (found.version === expected) return;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${found.what} says that it is version ${String(found.version)}, expected ${String(expected)}`,
    { context: { document: found.what, expected, found: found.version } },
  );
}

function requireNotOlder(found: Versioned, least: number | undefined): void {
  if (least === undefined || found.version >= least) return;
  throw new VerificationError(
    'METADATA_ROLLBACK',
    `${found.what} is version ${String(found.version)}, expected ${String(least)} or later`,
    {
      hint: 'A mirror out of step, or an attack: use another mirror, or the origin.',
      context: { document: found.what, expected: least, found: found.version },
    },
  );
}

function requireFresh({ what, expires }: TufDocument<RoleName>, now: Date): void {
  if (now < expires) return;
  throw new VerificationError('METADATA_EXPIRED', `${what} expired at ${expires.toISOString()}`, {
    hint: 'A mirror out of step, or a repository that has been given up: use another mirror, or the origin.',
    context: { document: what, expires: expires.toISOString(), now: now.toISOString() },
  });
}

/** Do two roots name the same keys, by ID and by material, for a role? */
function hasSameKeys(one: TufRoot, other: TufRoot, role: RoleName): boolean {
  const keysOf = (root: TufRoot) =>
    roleOf(root, role)
      .keyIDs.map((id) => `${id} ${keyMaterial(root.metadata.signed.keys, id) ?? ''}`)
      .sort()
      .join('\n');
  return keysOf(one) === keysOf(other);
}

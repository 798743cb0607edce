/**
 * The update of Sigstore's trusted root: fetched through TUF from the pinned TUF root on, compared with the pinned
 * file. Nothing is written here.
 *
 * What the repository's signers may say by themselves is what such a root is for: a log more, or the end of one that is
 * still to come, or a new TUF root of the same signers. Other keys or thresholds in a TUF root, and whatever takes from
 * the list or opens again what was closed, wait for a person.
 */
import { setScalar } from '../../formats/own/edit-pins.ts';
import { parseTufVersions, renderTufVersions, isNewsOfTargets } from '../../formats/own/tuf-versions.ts';
import { digestHex } from '../../model/digest.ts';
import { AssayError, PolicyError, VerificationError } from '../../model/errors.ts';
import type { RootReview } from '../../model/trust-review.ts';
import type { Anchor, TrustFile } from '../../verify/anchors/anchor.ts';
import {
  readPinnedRoot,
  readPinnedTufRoot,
  tufRootExpiry,
  type SigstorePin,
} from '../../verify/anchors/sigstore.ts';
import { reviewTrustedRoot } from '../../verify/sigstore/trusted-root-review.ts';
import type { TufRootVersion } from '../../verify/tuf/root-version.ts';
import {
  blankReview,
  leavingAsIs,
  type AnchorContext,
  type AnchorUpdate,
  type ChangedFile,
} from './anchor-update.ts';
import { fetchTrustedRoot, type FetchedTrustedRoot } from './fetch-trusted-root.ts';

/**
 * Throws UsageError for files that cannot be read. What is wrong with the anchor is in its review: what
 * `fetchTrustedRoot` throws, and PolicyError `TRUST_CHANGED` for a change that nobody accepted.
 */
export async function updateTrustedRoot(
  anchor: Anchor<SigstorePin>,
  context: AnchorContext,
): Promise<AnchorUpdate> {
  const { fetcher, now } = context;
  const { name, pin } = anchor;
  const { bytes: before } = anchor.file(pin.file);
  const base = blankReview(anchor);
  try {
    const memory = anchor.file(pin.seen);
    const seen = memory.bytes === undefined ? undefined : parseTufVersions(memory.bytes, memory.path);
    const { bytes: pinnedRoot } = readPinnedTufRoot(anchor);
    const fetched = await fetchTrustedRoot({ pin, pinnedRoot, seen, fetcher, now });
    const { root, decisions, notes } = reviewOf(fetched, usableBefore(anchor), pin, now);
    const needs = decisions.filter((value) => !context.accept.has(value));
    const asks = asksOf(pin, fetched, decisions);
    if (needs.length > 0) {
      const expiring = [tufRootExpiry(name, fetched.pinnedRoot)];
      const error = undecided();
      return { ...leavingAsIs({ ...base, status: 'refused', error, needs, notes, root, expiring }), asks };
    }
    const changed = filesOf(fetched, before, anchor);
    const news = isNewsOfTargets(seen, fetched.versions)
      ? [{ ...memory, bytes: renderTufVersions(fetched.versions) }]
      : [];
    return {
      review: {
        ...{ ...base, accepted: decisions, notes: [...notes, ...memoryNote(changed, news)], root },
        status: changed.length + news.length === 0 ? 'unchanged' : 'changed',
        expiring: [tufRootExpiry(name, newestRoot(fetched))],
      },
      files: changed,
      memory: news,
      pin: changed.length === 0 ? undefined : newPin(name, pin, fetched),
      asks,
    };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return leavingAsIs({ ...base, status: 'refused', error });
  }
}

function memoryNote(changed: readonly TrustFile[], news: readonly TrustFile[]): readonly string[] {
  if (changed.length > 0 || news.length === 0) return [];
  return ['The trusted root is the same: only the memory of the versions that were seen changes.'];
}

/** A file that its pin refuses counts as none: it says nothing of what was trusted. */
function usableBefore(anchor: Anchor<SigstorePin>): Uint8Array | undefined {
  const { bytes } = anchor.file(anchor.pin.file);
  if (bytes === undefined) return undefined;
  try {
    readPinnedRoot(bytes, anchor);
    return bytes;
  } catch (error) {
    if (error instanceof VerificationError) return undefined;
    throw error;
  }
}

interface Judged {
  readonly root: RootReview;
  /** What a person has to have named, upper-case hex: fingerprints of entries, the SHA-256 of a file. */
  readonly decisions: readonly string[];
  readonly notes: readonly string[];
}

function reviewOf(
  fetched: FetchedTrustedRoot,
  before: Uint8Array | undefined,
  pin: SigstorePin,
  now: Date,
): Judged {
  const { entries, changes } = reviewTrustedRoot(before ?? fetched.bytes, fetched.bytes, now);
  const newest = newestRoot(fetched);
  const isOtherRoot = newest.digest !== pin.root.digest;
  const hasOtherSigners = fetched.rootVersions.some((root) => root.changes.length > 0);
  // Without the pinned file there is nothing to compare with: then only that very file is taken.
  const isOtherFile = before === undefined && fetched.digest !== pin.digest;
  const values = [
    ...(hasOtherSigners ? [digestHex(newest.digest)] : []),
    ...(isOtherFile ? [digestHex(fetched.digest)] : []),
    ...changes.filter((change) => change.needsAcceptance).map(({ fingerprint }) => fingerprint),
  ];
  const notes = [
    ...(isOtherRoot
      ? [
          `The TUF root is of version ${String(newest.version)}, and version ${String(pin.root.version)} is pinned: ` +
            (hasOtherSigners ? 'others sign from now on.' : 'the same keys sign, and as many of them.'),
        ]
      : []),
    ...(before === undefined
      ? ['The pinned file was not there, or not as it is pinned: nothing to compare with.']
      : []),
    ...(values.length === 0 ? [] : ['Say in pins.yaml ("learnt") and PROVENANCE.md where it was confirmed.']),
    ...(fetched.digest === pin.digest ? [] : [`The digest in pins.yaml becomes ${fetched.digest}.`]),
  ];
  const decisions = [...new Set(values.map((value) => value.toUpperCase()))];
  return {
    root: { entries, changes, tufRoots: [fetched.pinnedRoot, ...fetched.rootVersions] },
    decisions,
    notes,
  };
}

function undecided(): PolicyError {
  return new PolicyError(
    'TRUST_CHANGED',
    'the repository vouches for it, but this change of what is trusted waits for a person',
    {
      hint: "Compare it with the publisher's announcement; then name each value with --accept.",
    },
  );
}

function filesOf(
  { bytes, ...fetched }: FetchedTrustedRoot,
  before: Uint8Array | undefined,
  { pin, file }: Anchor<SigstorePin>,
): readonly ChangedFile[] {
  const isSame = before !== undefined && Buffer.compare(before, bytes) === 0;
  const newest = fetched.rootVersions.at(-1);
  return [
    ...(isSame ? [] : [{ ...file(pin.file), bytes }]),
    ...(newest === undefined ? [] : [{ ...file(pin.root.file), bytes: newest.bytes }]),
  ];
}

function newPin(name: string, before: SigstorePin, fetched: FetchedTrustedRoot): AnchorUpdate['pin'] {
  const { version, digest } = newestRoot(fetched);
  const edits: readonly (readonly [readonly string[], string | number])[] = [
    [['digest'], fetched.digest],
    [['root', 'version'], version],
    [['root', 'digest'], digest],
  ];
  const root = { ...before.root, version, digest };
  const anchor: SigstorePin = { ...before, digest: fetched.digest, root };
  return {
    anchor,
    edit: (text) =>
      edits.reduce((edited, [path, value]) => setScalar(edited, ['anchors', name, ...path], value), text),
  };
}

/** To name what is pinned already, or a root that nobody has to decide about, is no slip. */
function asksOf(
  { digest, root }: SigstorePin,
  { rootVersions }: FetchedTrustedRoot,
  decisions: readonly string[],
): readonly string[] {
  const digests = [digest, root.digest, ...rootVersions.map((version) => version.digest)];
  return [...decisions, ...digests.map((one) => digestHex(one).toUpperCase())];
}

function newestRoot({ pinnedRoot, rootVersions }: FetchedTrustedRoot): TufRootVersion {
  return rootVersions.at(-1) ?? pinnedRoot;
}

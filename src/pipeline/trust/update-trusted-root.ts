/**
 * The update of Sigstore's trusted root: fetched through TUF from the pinned TUF root on, compared with the pinned
 * file. Nothing is written here.
 *
 * What the repository's signers may say by themselves is what such a root is for: a log more, or the end of one that is
 * still to come, or a new TUF root of the same signers. Other keys or thresholds in a TUF root, and whatever takes from
 * the list or opens again what was closed, wait for a person.
 *
 * What was fetched is kept with it: the targets metadata and each new root. The pinned root stays the one that a person
 * compared, so that everything since is proven from there, and the next update starts from the newest of the chain.
 */
import { parseTufVersions, renderTufVersions, isNewsOfTargets } from '../../formats/own/tuf-versions.ts';
import { digestHex } from '../../model/digest.ts';
import { AssayError, PolicyError, VerificationError } from '../../model/errors.ts';
import type { RootReview } from '../../model/trust-review.ts';
import type { Anchor, TrustFile } from '../../verify/anchors/anchor.ts';
import { proofLine, readTufRoots, tufRootExpiry, type SigstorePin } from '../../verify/anchors/sigstore.ts';
import { digestOf } from '../../verify/digest.ts';
import { reviewTrustedRoot } from '../../verify/sigstore/trusted-root-review.ts';
import { parseTrustedRoot } from '../../verify/sigstore/trusted-root.ts';
import type { TufRootVersion } from '../../verify/tuf/root-version.ts';
import {
  blankReview,
  leavingAsIs,
  type AnchorContext,
  type AnchorUpdate,
  type ChangedFile,
} from './anchor-update.ts';
import { fetchTrustedRoot, type FetchedTrustedRoot } from './fetch-trusted-root.ts';
import { editOf, filesOf, pinAfter } from './trusted-root-files.ts';

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
  const base = blankReview(anchor);
  try {
    const memory = anchor.file(pin.seen);
    const seen = memory.bytes === undefined ? undefined : parseTufVersions(memory.bytes, memory.path);
    const { pinned, kept: keptRoots } = readTufRoots(anchor);
    const fetched = await fetchTrustedRoot({
      ...{ pin, pinnedRoot: pinned.bytes, keptRoots, seen, fetcher, now },
    });
    const { root, decisions, notes } = reviewOf(fetched, usableBefore(anchor), pin, now);
    const needs = decisions.filter((value) => !context.accept.has(value));
    const asks = asksOf(pin, fetched, decisions);
    if (needs.length > 0) {
      const expiring = [tufRootExpiry(name, fetched.knownRoot)];
      const error = undecided();
      return { ...leavingAsIs({ ...base, status: 'refused', error, needs, notes, root, expiring }), asks };
    }
    const after = pinAfter(pin, fetched);
    const changed = filesOf(fetched, after, anchor);
    const news = isNewsOfTargets(seen, fetched.versions)
      ? [{ ...memory, bytes: renderTufVersions(fetched.versions) }]
      : [];
    return {
      review: {
        ...{ ...base, accepted: decisions, notes: [...notes, ...sameNote(pin, changed, news)], root },
        holds: [proofLine(after)],
        status: changed.length + news.length === 0 ? 'unchanged' : 'changed',
        expiring: [tufRootExpiry(name, newestRoot(fetched))],
      },
      files: changed,
      memory: news,
      pin: changed.length === 0 ? undefined : { anchor: after, edit: editOf(name, pin, after) },
      asks,
    };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return leavingAsIs({ ...base, status: 'refused', error });
  }
}

function sameNote(
  { file }: SigstorePin,
  changed: readonly ChangedFile[],
  news: readonly TrustFile[],
): readonly string[] {
  if (changed.some(({ name }) => name === file) || changed.length + news.length === 0) return [];
  const what = changed.length > 0 ? 'the signed metadata that proves it' : 'the memory of the versions seen';
  return [`The trusted root is the same: only ${what} changes.`];
}

/** A file that its pin refuses counts as none: it says nothing of what was trusted. */
function usableBefore(anchor: Anchor<SigstorePin>): Uint8Array | undefined {
  const { bytes } = anchor.file(anchor.pin.file);
  if (bytes === undefined) return undefined;
  if (digestOf('sha256', bytes) !== anchor.pin.digest) return undefined;
  try {
    parseTrustedRoot(bytes, anchor.pin.file);
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
  const hasOtherSigners = fetched.rootVersions.some((root) => root.changes.length > 0);
  // Without the pinned file there is nothing to compare with: then only that very file is taken.
  const isOtherFile = before === undefined && fetched.digest !== pin.digest;
  const values = [
    ...(hasOtherSigners ? [digestHex(newest.digest)] : []),
    ...(isOtherFile ? [digestHex(fetched.digest)] : []),
    ...changes.filter((change) => change.needsAcceptance).map(({ fingerprint }) => fingerprint),
  ];
  const notes = [
    ...(fetched.rootVersions.length > 0
      ? [
          `The TUF root is of version ${String(newest.version)}, and version ${String(fetched.knownRoot.version)} was known: ` +
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
    root: { entries, changes, tufRoots: [fetched.knownRoot, ...fetched.rootVersions] },
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

/** To name what is pinned already, or a root that nobody has to decide about, is no slip. */
function asksOf(
  { digest, root }: SigstorePin,
  { knownRoot, rootVersions }: FetchedTrustedRoot,
  decisions: readonly string[],
): readonly string[] {
  const digests = [digest, root.digest, knownRoot.digest, ...rootVersions.map((version) => version.digest)];
  return [...decisions, ...digests.map((one) => digestHex(one).toUpperCase())];
}

function newestRoot({ knownRoot, rootVersions }: FetchedTrustedRoot): TufRootVersion {
  return rootVersions.at(-1) ?? knownRoot;
}

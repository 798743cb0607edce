/**
 * The update of Sigstore's trusted root: fetched through TUF from the pinned TUF root on, compared with the pinned
 * file. Nothing is written here.
 *
 * What the repository's signers may say by themselves is what such a root is for: a log more, or the end of one that is
 * still to come, or a new TUF root of the same signers. Other keys or thresholds in a TUF root, and whatever takes from
 * the list or opens again what was closed, wait for a person.
 */
import { setScalar } from '../../formats/own/edit-pins.ts';
import type { SigstoreAnchor } from '../../formats/own/trust-pins.ts';
import { parseTufVersions, renderTufVersions, isNewsOfTargets } from '../../formats/own/tuf-versions.ts';
import { digestHex } from '../../model/digest.ts';
import { AssayError, PolicyError, VerificationError } from '../../model/errors.ts';
import type { FileContent } from '../../model/ports.ts';
import type { Expiring, RootReview } from '../../model/trust-review.ts';
import { reviewTrustedRoot } from '../../verify/sigstore/trusted-root-review.ts';
import { refusedAnchor, type AnchorContext, type AnchorUpdate } from './anchor-update.ts';
import { fetchTrustedRoot, type FetchedTrustedRoot } from './fetch-trusted-root.ts';
import { readPinnedRoot } from './anchors.ts';
import { readPinnedTufRoot, type TufRootVersion } from './tuf-root.ts';

/**
 * Throws UsageError for files that cannot be read. What is wrong with the anchor is in its review: what
 * `fetchTrustedRoot` throws, and PolicyError `TRUST_CHANGED` for a change that nobody accepted.
 */
export async function updateTrustedRoot(
  name: string,
  anchor: SigstoreAnchor,
  context: AnchorContext,
): Promise<AnchorUpdate> {
  const { trustDir, files, fetcher, now } = context;
  const paths = pathsOf(anchor, trustDir);
  const before = await files.read(paths.file);
  const type = 'sigstore';
  const base = { name, type, file: paths.file, needs: [], accepted: [], notes: [], keys: [] } as const;
  try {
    const seenBytes = await files.read(paths.seen);
    const seen = seenBytes === undefined ? undefined : parseTufVersions(seenBytes, paths.seen);
    const { bytes: pinnedRoot } = await readPinnedTufRoot(trustDir, files, anchor);
    const fetched = await fetchTrustedRoot({ anchor, pinnedRoot, seen, fetcher, now });
    const { root, decisions, notes } = reviewOf(
      fetched,
      usableBefore(before, anchor, paths.file),
      anchor,
      now,
    );
    const needs = decisions.filter((value) => !context.accept.has(value));
    if (needs.length > 0) {
      const waiting = refusedAnchor({ ...base, status: 'refused', error: undecided(), needs, notes, root });
      return {
        ...waiting,
        asks: asksOf(anchor, fetched, decisions),
        expiring: [tufRootExpiry(name, fetched.pinnedRoot)],
      };
    }
    const changed = filesOf(fetched, before, paths);
    const news = isNewsOfTargets(seen, fetched.versions)
      ? [{ path: paths.seen, bytes: renderTufVersions(fetched.versions) }]
      : [];
    return {
      review: {
        ...{ ...base, accepted: decisions, notes: [...notes, ...memoryNote(changed, news)], root },
        status: changed.length + news.length === 0 ? 'unchanged' : 'changed',
      },
      files: changed,
      memory: news,
      pin: changed.length === 0 ? undefined : newPin(name, anchor, fetched),
      asks: asksOf(anchor, fetched, decisions),
      expiring: [tufRootExpiry(name, newestRoot(fetched))],
    };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return refusedAnchor({ ...base, status: 'refused', error });
  }
}

function memoryNote(changed: readonly FileContent[], news: readonly FileContent[]): readonly string[] {
  if (changed.length > 0 || news.length === 0) return [];
  return ['The trusted root is the same: only the memory of the versions that were seen changes.'];
}

/** When the newest known TUF root will no longer do as the last of a chain. */
export function tufRootExpiry(anchor: string, { version, expires }: TufRootVersion): Expiring {
  return { anchor, what: 'TUF root', id: `version ${String(version)}`, expires };
}

interface Paths {
  readonly file: string;
  readonly root: string;
  readonly seen: string;
}

function pathsOf({ file, root, seen }: SigstoreAnchor, trustDir: string): Paths {
  return { file: `${trustDir}/${file}`, root: `${trustDir}/${root.file}`, seen: `${trustDir}/${seen}` };
}

/** A file that its pin refuses counts as none: it says nothing of what was trusted. */
function usableBefore(
  bytes: Uint8Array | undefined,
  anchor: SigstoreAnchor,
  file: string,
): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  try {
    readPinnedRoot(bytes, anchor, file);
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
  anchor: SigstoreAnchor,
  now: Date,
): Judged {
  const { entries, changes } = reviewTrustedRoot(before ?? fetched.bytes, fetched.bytes, now);
  const newest = newestRoot(fetched);
  const isOtherRoot = newest.digest !== anchor.root.digest;
  const hasOtherSigners = fetched.rootVersions.some((root) => root.changes.length > 0);
  // Without the pinned file there is nothing to compare with: then only that very file is taken.
  const isOtherFile = before === undefined && fetched.digest !== anchor.digest;
  const values = [
    ...(hasOtherSigners ? [digestHex(newest.digest)] : []),
    ...(isOtherFile ? [digestHex(fetched.digest)] : []),
    ...changes.filter((change) => change.needsAcceptance).map(({ fingerprint }) => fingerprint),
  ];
  const notes = [
    ...(isOtherRoot
      ? [
          `The TUF root is of version ${String(newest.version)}, and version ${String(anchor.root.version)} is pinned: ` +
            (hasOtherSigners ? 'others sign from now on.' : 'the same keys sign, and as many of them.'),
        ]
      : []),
    ...(before === undefined
      ? ['The pinned file was not there, or not as it is pinned: nothing to compare with.']
      : []),
    ...(values.length === 0 ? [] : ['Say in pins.yaml ("learnt") and PROVENANCE.md where it was confirmed.']),
    ...(fetched.digest === anchor.digest ? [] : [`The digest in pins.yaml becomes ${fetched.digest}.`]),
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
  paths: Paths,
): readonly FileContent[] {
  const isSame = before !== undefined && Buffer.compare(before, bytes) === 0;
  const newest = fetched.rootVersions.at(-1);
  return [
    ...(isSame ? [] : [{ path: paths.file, bytes }]),
    ...(newest === undefined ? [] : [{ path: paths.root, bytes: newest.bytes }]),
  ];
}

function newPin(name: string, anchor: SigstoreAnchor, fetched: FetchedTrustedRoot): AnchorUpdate['pin'] {
  const { version, digest } = newestRoot(fetched);
  const edits: readonly (readonly [readonly string[], string | number])[] = [
    [['digest'], fetched.digest],
    [['root', 'version'], version],
    [['root', 'digest'], digest],
  ];
  return {
    anchor: { ...anchor, digest: fetched.digest, root: { ...anchor.root, version, digest } },
    edit: (text) =>
      edits.reduce((edited, [path, value]) => setScalar(edited, ['anchors', name, ...path], value), text),
  };
}

/** To name what is pinned already, or a root that nobody has to decide about, is no slip. */
function asksOf(
  { digest, root }: SigstoreAnchor,
  { rootVersions }: FetchedTrustedRoot,
  decisions: readonly string[],
): readonly string[] {
  const digests = [digest, root.digest, ...rootVersions.map((version) => version.digest)];
  return [...decisions, ...digests.map((one) => digestHex(one).toUpperCase())];
}

function newestRoot({ pinnedRoot, rootVersions }: FetchedTrustedRoot): TufRootVersion {
  return rootVersions.at(-1) ?? pinnedRoot;
}

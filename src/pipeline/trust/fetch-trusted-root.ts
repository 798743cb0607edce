/**
 * Sigstore's trusted root, fetched from its TUF repository: from the pinned root and those on that an earlier run kept,
 * which are verified again, and with the versions that it saw. What is not verified is gone with the call.
 */
import type { TufVersions } from '../../formats/own/tuf-versions.ts';
import type { Digest } from '../../model/digest.ts';
import { isNotThere, TransportError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import type { SigstorePin } from '../../verify/anchors/sigstore.ts';
import { digestOf } from '../../verify/digest.ts';
import { maxTrustedRootBytes } from '../../verify/sigstore/trusted-root-document.ts';
import {
  newestOf,
  requireFewRoots,
  verifyKeptRoots,
  type KeptFile,
  type RootChain,
} from '../../verify/tuf/kept-metadata.ts';
import { maxMetadataBytes, type TufDocument } from '../../verify/tuf/metadata.ts';
import {
  findTarget,
  openPinnedTufRoot,
  snapshotFileName,
  targetsFileName,
  verifyFinalRoot,
  verifyNextRoot,
  verifySnapshot,
  verifyTarget,
  verifyTargets,
  verifyTimestamp,
  type TufRoot,
} from '../../verify/tuf/update.ts';
import { describeTufRoot, type TufRootVersion } from '../../verify/tuf/root-version.ts';

export interface FetchedTrustedRoot {
  /** `trusted_root.json`: what the repository's signers mean by it; `reviewTrustedRoot` reads it. */
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The targets metadata that lists it, as it was signed. */
  readonly targets: Uint8Array;
  /** Where the update began: the newest of the kept roots, or the pinned one. */
  readonly knownRoot: TufRootVersion;
  /** The chain after that one, oldest first; empty where it is the newest. */
  readonly rootVersions: readonly TufRootVersion[];
  /** To be remembered: see `isNewsOfTargets`. */
  readonly versions: TufVersions;
}

export interface FetchTrustedRootInput {
  readonly pin: SigstorePin;
  /** The bytes of `pin.root.file`. */
  readonly pinnedRoot: Uint8Array;
  /** The roots that followed it in earlier runs, oldest first. */
  readonly keptRoots: readonly KeptFile[];
  /** What `pin.seen` remembers; undefined where there is no such file yet. */
  readonly seen: TufVersions | undefined;
  readonly fetcher: Fetcher;
  readonly now: Date;
}

/**
 * Asks each source in turn, until one answers. Throws VerificationError `PIN_MISMATCH`, and as `verifyKeptRoots` does,
 * before anything is fetched; TransportError; VerificationError as the steps of `verify/tuf/update.ts` do, and `LIMIT_EXCEEDED`.
 */
export async function fetchTrustedRoot(input: FetchTrustedRootInput): Promise<FetchedTrustedRoot> {
  const { pin, pinnedRoot, keptRoots } = input;
  const known = verifyKeptRoots(openPinnedTufRoot(pinnedRoot, pin.root, pin.root.file), keptRoots);
  let unreachable: TransportError | undefined;
  for (const source of pin.sources) {
    try {
      return await fetchFrom(source, known, input);
    } catch (error) {
      // A refusal is final, whichever source it comes from.
      if (!(error instanceof TransportError)) throw error;
      unreachable ??= error;
    }
  }
  throw unreachable ?? new TypeError('an anchor has a source');
}

async function fetchFrom(
  source: string,
  known: RootChain,
  { pin, pinnedRoot, keptRoots, seen, fetcher, now }: FetchTrustedRootInput,
): Promise<FetchedTrustedRoot> {
  const get: Get = async (path, maxBytes = maxMetadataBytes) =>
    (await fetcher.get({ url: `${source}/${path}`, maxBytes, coding: 'raw' })).bytes;

  const { chain, targets, targetsBytes, versions } = await fetchMetadata(get, known, seen, now);
  const bytes = await fetchTarget(get, targets, pin.target);
  const start = newestOf(known);
  const roots = [start, ...chain.map((link) => link.root)];
  return {
    bytes,
    digest: digestOf('sha256', bytes),
    targets: targetsBytes,
    knownRoot: describeTufRoot(start, keptRoots.at(-1)?.bytes ?? pinnedRoot),
    rootVersions: chain.map((link, index) => describeTufRoot(link.root, link.bytes, roots[index])),
    versions,
  };
}

/** A file of the repository, by its path there. Throws TransportError. */
export type Get = (path: string, maxBytes?: number) => Promise<Uint8Array>;

interface FetchedMetadata {
  /** The roots after the known ones, oldest first. */
  readonly chain: readonly RootLink[];
  readonly targets: TufDocument<'targets'>;
  readonly targetsBytes: Uint8Array;
  readonly versions: TufVersions;
}

/** Steps 5.3 to 5.6. Throws as `get` does, and VerificationError as the steps of `verify/tuf/update.ts` do. */
export async function fetchMetadata(
  get: Get,
  known: RootChain,
  seen: TufVersions | undefined,
  now: Date,
): Promise<FetchedMetadata> {
  const chain = await fetchRoots(get, known);
  const roots: RootChain = [newestOf(known), ...chain.map((link) => link.root)];
  const root = newestOf(roots);
  const remembered = verifyFinalRoot(roots, seen, now);

  const timestamp = verifyTimestamp(root, await get('timestamp.json'), remembered, now);
  const snapshotBytes = await get(snapshotFileName(timestamp));
  const snapshot = verifySnapshot(root, timestamp, snapshotBytes, remembered, now);
  const targetsBytes = await get(targetsFileName(snapshot));
  const targets = verifyTargets(root, snapshot, targetsBytes, now);
  const versions = {
    root: root.version,
    timestamp: timestamp.version,
    snapshot: snapshot.version,
    targets: targets.version,
  };
  return { chain, targets, targetsBytes, versions };
}

/** Step 5.7. Throws as `get` does, and VerificationError as `findTarget` and `verifyTarget` do. */
export async function fetchTarget(
  get: Get,
  targets: TufDocument<'targets'>,
  name: string,
): Promise<Uint8Array> {
  const target = findTarget(targets, name);
  const bytes = await get(`targets/${target.fileName}`, maxTrustedRootBytes);
  verifyTarget(target, bytes);
  return bytes;
}

interface RootLink {
  readonly root: TufRoot;
  readonly bytes: Uint8Array;
}

/** Steps 5.3.2 to 5.3.9: each root vouches for the next, until there is none. */
async function fetchRoots(get: Get, known: RootChain): Promise<readonly RootLink[]> {
  const chain: RootLink[] = [];
  for (;;) {
    const trusted = chain.at(-1)?.root ?? newestOf(known);
    const name = `${String(trusted.version + 1)}.root.json`;
    let bytes: Uint8Array;
    try {
      bytes = await get(name);
    } catch (error) {
      // 5.3.3: whoever withholds a root gains until the last one expires (5.3.10), and no longer. Where Sigstore's are
      // kept, 403 is said in place of 404 at times, and the public clients take both for the end.
      if (isNotThere(error)) return chain;
      throw error;
    }
    chain.push({ root: verifyNextRoot(trusted, bytes, name), bytes });
    requireFewRoots([...known, ...chain.map(({ root }) => root)]);
  }
}

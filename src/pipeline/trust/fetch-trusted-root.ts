/**
 * Sigstore's trusted root, fetched from its TUF repository: always from the pinned root on, with nothing of an earlier
 * run but the versions that it saw. Nothing is kept on the way: what is not verified is gone with the call.
 */
import type { TufVersions } from '../../formats/own/tuf-versions.ts';
import type { Digest } from '../../model/digest.ts';
import { isNotThere, TransportError, VerificationError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import type { SigstorePin } from '../../verify/anchors/sigstore.ts';
import { digestOf } from '../../verify/digest.ts';
import { maxTrustedRootBytes } from '../../verify/sigstore/trusted-root-document.ts';
import { maxMetadataBytes } from '../../verify/tuf/metadata.ts';
import {
  findTarget,
  maxRootRotations,
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
  readonly pinnedRoot: TufRootVersion;
  /** The chain after the pinned one, oldest first; empty where that is the newest. */
  readonly rootVersions: readonly TufRootVersion[];
  /** To be remembered: see `isNewsOfTargets`. */
  readonly versions: TufVersions;
}

export interface FetchTrustedRootInput {
  readonly pin: SigstorePin;
  /** The bytes of `pin.root.file`. */
  readonly pinnedRoot: Uint8Array;
  /** What `pin.seen` remembers; undefined where there is no such file yet. */
  readonly seen: TufVersions | undefined;
  readonly fetcher: Fetcher;
  readonly now: Date;
}

/**
 * Asks each source in turn, until one answers. Throws VerificationError `PIN_MISMATCH` before anything is fetched;
 * TransportError; VerificationError as the steps of `verify/tuf/update.ts` do, and `LIMIT_EXCEEDED`.
 */
export async function fetchTrustedRoot(input: FetchTrustedRootInput): Promise<FetchedTrustedRoot> {
  const { pin, pinnedRoot } = input;
  const pinned = openPinnedTufRoot(pinnedRoot, pin.root, pin.root.file);
  let unreachable: TransportError | undefined;
  for (const source of pin.sources) {
    try {
      return await fetchFrom(source, pinned, input);
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
  pinned: TufRoot,
  { pin, pinnedRoot, seen, fetcher, now }: FetchTrustedRootInput,
): Promise<FetchedTrustedRoot> {
  const get = async (path: string, maxBytes = maxMetadataBytes): Promise<Uint8Array> =>
    (await fetcher.get({ url: `${source}/${path}`, maxBytes, coding: 'raw' })).bytes;

  const chain = await fetchRoots(get, pinned);
  const root = chain.at(-1)?.root ?? pinned;
  const roots = [pinned, ...chain.map((link) => link.root)] as const;
  const remembered = verifyFinalRoot(roots, seen, now);

  const timestamp = verifyTimestamp(root, await get('timestamp.json'), remembered, now);
  const snapshotBytes = await get(snapshotFileName(timestamp));
  const snapshot = verifySnapshot(root, timestamp, snapshotBytes, remembered, now);
  const targets = verifyTargets(root, snapshot, await get(targetsFileName(snapshot)), now);

  const target = findTarget(targets, pin.target);
  const bytes = await get(`targets/${target.fileName}`, maxTrustedRootBytes);
  verifyTarget(target, bytes);
  return {
    bytes,
    digest: digestOf('sha256', bytes),
    pinnedRoot: describeTufRoot(pinned, pinnedRoot),
    rootVersions: chain.map((link, index) => describeTufRoot(link.root, link.bytes, roots[index])),
    versions: {
      root: root.version,
      timestamp: timestamp.version,
      snapshot: snapshot.version,
      targets: targets.version,
    },
  };
}

interface RootLink {
  readonly root: TufRoot;
  readonly bytes: Uint8Array;
}

/** Steps 5.3.2 to 5.3.9: each root vouches for the next, until there is none. */
async function fetchRoots(
  get: (path: string) => Promise<Uint8Array>,
  pinned: TufRoot,
): Promise<readonly RootLink[]> {
  const chain: RootLink[] = [];
  let trusted = pinned;
  for (;;) {
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
    if (chain.length >= maxRootRotations) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `more than ${String(maxRootRotations)} roots follow ${pinned.what}`,
        { hint: 'Pin a newer root, by review.' },
      );
    }
    trusted = verifyNextRoot(trusted, bytes, name);
    chain.push({ root: trusted, bytes });
  }
}

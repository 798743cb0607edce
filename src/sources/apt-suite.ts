/**
 * Reads one suite of an apt repository: InRelease and indexes are fetched and verified once, however
 * many packages and architectures are wanted of them.
 */
import type { Architecture } from '../model/artifact.ts';
import { digestHex, type Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { Cache, Fetcher, Reporter } from '../model/ports.ts';
import type { Keyring } from '../verify/openpgp/keyring.ts';
import { indexesOf, searchIndex, type FoundStanza, type IndexListing } from '../verify/apt/packages.ts';
import { verifyRelease, type ReleaseExpectation, type VerifiedRelease } from '../verify/apt/release.ts';

/** Debian's largest InRelease has 180 KB. */
const maxInReleaseBytes = 4 << 20;

export interface SuiteLocation {
  /** The repository's root at the origin, without a slash at its end. */
  readonly uri: string;
  readonly expected: ReleaseExpectation;
  /** The keys that may vouch for the suite. */
  readonly keyring: () => Promise<Keyring>;
}

export interface SuitePorts {
  readonly fetcher: Fetcher;
  readonly cache: Cache;
  readonly reporter: Reporter;
  readonly now: Date;
}

export interface SearchResult {
  readonly stanzas: readonly FoundStanza[];
  readonly watermark: Readonly<Record<string, Digest>>;
}

type Form = IndexListing['forms'][number];

/** Untrusted until `searchIndex` has checked it. */
interface ObtainedIndex {
  readonly form: Form;
  readonly bytes: Uint8Array;
  readonly isCached: boolean;
}

export class AptSuite {
  /** `<uri>/dists/<suite>`. */
  readonly url: string;
  readonly #location: SuiteLocation;
  readonly #ports: SuitePorts;
  /** By the digest of their content. */
  readonly #indexes = new Map<Digest, Promise<ObtainedIndex>>();
  #release: Promise<VerifiedRelease> | undefined;
  #refetched: Promise<VerifiedRelease> | undefined;

  constructor(location: SuiteLocation, ports: SuitePorts) {
    this.#location = location;
    this.#ports = ports;
    this.url = `${location.uri}/dists/${location.expected.suite}`;
  }

  /** Throws TransportError, and VerificationError as `verifyRelease` does. */
  release(): Promise<VerifiedRelease> {
    this.#release ??= this.#fetchRelease(true);
    return this.#release;
  }

  /** By the index's URL, the digest of its content: what an answer out of this suite depends on. */
  async watermark(
    components: readonly string[],
    architecture: Architecture,
  ): Promise<Record<string, Digest>> {
    const { release } = await this.release();
    return this.#watermarkOf(components.flatMap((one) => indexesOf(release, one, architecture, this.url)));
  }

  #watermarkOf(listings: readonly IndexListing[]): Record<string, Digest> {
    return Object.fromEntries(listings.map((one) => [`${this.url}/${one.name}`, contentDigest(one)]));
  }

  /**
   * The stanzas of `names` in one component, and the watermark of the very indexes that were searched.
   *
   * A repository without by-hash can change between two requests: then InRelease and index are fetched
   * together once more, and the second answer counts. Nothing unverified gets through by that.
   */
  async search(
    component: string,
    architecture: Architecture,
    names: ReadonlySet<string>,
  ): Promise<SearchResult> {
    const release = await this.release();
    try {
      return await this.#searchIndexes(release, component, architecture, names);
    } catch (error) {
      const mayBeOutOfStep = error instanceof VerificationError && isMismatch(error);
      if (!mayBeOutOfStep || release.release.acquireByHash) throw error;
      if (release === (await this.#refetched?.catch(() => undefined))) throw error;
      this.#ports.reporter.step(`${this.url} changed while it was read: reading it once more`);
      this.#refetched ??= this.#fetchRelease(false);
      this.#release = this.#refetched;
      this.#indexes.clear();
      return this.#searchIndexes(await this.#refetched, component, architecture, names);
    }
  }

  async #fetchRelease(revalidate: boolean): Promise<VerifiedRelease> {
    const { fetcher, now } = this.#ports;
    const url = `${this.url}/InRelease`;
    // Started together: reading keys takes about as long as fetching.
    const [{ bytes }, keyring] = await Promise.all([
      fetcher.get({ url, maxBytes: maxInReleaseBytes, revalidate }),
      this.#location.keyring(),
    ]);
    return verifyRelease({ url, bytes, keyring, expected: this.#location.expected, now });
  }

  async #searchIndexes(
    release: VerifiedRelease,
    component: string,
    architecture: Architecture,
    names: ReadonlySet<string>,
  ): Promise<SearchResult> {
    const listings = indexesOf(release.release, component, architecture, this.url);
    const found = await Promise.all(listings.map((listing) => this.#searchOne(release, listing, names)));
    return { stanzas: found.flat(), watermark: this.#watermarkOf(listings) };
  }

  async #searchOne(
    release: VerifiedRelease,
    listing: IndexListing,
    names: ReadonlySet<string>,
  ): Promise<readonly FoundStanza[]> {
    // Listed as empty: there is nothing that fetching could tell.
    if (listing.plain?.sizeBytes === 0) return [];
    // Architectures share an index (binary-all), and components may: one fetch is enough.
    const key = contentDigest(listing);
    const obtained = this.#indexes.get(key) ?? this.#obtainIndex(release, listing);
    this.#indexes.set(key, obtained);
    const { form, bytes, isCached } = await obtained;
    const url = `${this.url}/${form.file.path}`;
    const found = await searchIndex({ release, listing, form, url, bytes, names });
    if (!isCached) await this.#ports.cache.write(form.file.digest, bytes);
    return found;
  }

  async #obtainIndex(release: VerifiedRelease, listing: IndexListing): Promise<ObtainedIndex> {
    for (const form of listing.forms) {
      const bytes = await this.#ports.cache.read(form.file.digest);
      if (bytes !== undefined) return { form, bytes, isCached: true };
    }
    return this.#fetchIndex(release, listing);
  }

  /** Form by form, by hash first; only what is not found (404) leads on to the next. */
  async #fetchIndex(release: VerifiedRelease, listing: IndexListing): Promise<ObtainedIndex> {
    let notFound: TransportError | undefined;
    for (const form of listing.forms) {
      for (const path of pathsOf(form, release.release.acquireByHash)) {
        try {
          const bytes = await this.#fetchListed(`${this.url}/${path}`, form);
          return { form, bytes, isCached: false };
        } catch (error) {
          if (!(error instanceof TransportError && error.code === 'NOT_FOUND')) throw error;
          notFound = error;
        }
      }
    }
    throw (
      notFound ?? new TransportError('NOT_FOUND', `${this.url}/${listing.name} was not found in any form`)
    );
  }

  async #fetchListed(url: string, form: Form): Promise<Uint8Array> {
    const { sizeBytes } = form.file;
    this.#ports.reporter.step(`fetching ${url}`);
    try {
      const { bytes } = await this.#ports.fetcher.get({ url, maxBytes: sizeBytes });
      return bytes;
    } catch (error) {
      // The signed size was the cap: what exceeds it is not what was signed.
      if (!(error instanceof TransportError && error.code === 'TOO_LARGE')) throw error;
      throw new VerificationError(
        'SIZE_MISMATCH',
        `${url} has more than the ${String(sizeBytes)} bytes that its Release lists`,
        { context: { url, expected: sizeBytes }, cause: error },
      );
    }
  }
}

function pathsOf(form: Form, byHash: boolean): readonly string[] {
  const { path, digest } = form.file;
  if (!byHash) return [path];
  const directory = path.slice(0, path.lastIndexOf('/'));
  const algorithm = digest.startsWith('sha256:') ? 'SHA256' : 'SHA512';
  return [`${directory}/by-hash/${algorithm}/${digestHex(digest)}`, path];
}

function contentDigest(listing: IndexListing): Digest {
  const file = listing.plain ?? listing.forms[0]?.file;
  if (file === undefined) throw new TypeError('a listing has at least one form');
  return file.digest;
}

function isMismatch(error: VerificationError): boolean {
  return error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH';
}

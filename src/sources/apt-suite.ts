/**
 * Reads one suite of an apt repository: InRelease and indexes are fetched and verified once, however
 * many packages and architectures are wanted of them.
 */
import type { Architecture } from '../model/artifact.ts';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import { TransportError, VerificationError, type AssayError, isNotThere } from '../model/errors.ts';
import type { Cache, Fetcher, Reporter } from '../model/ports.ts';
import { once } from '../verify/method.ts';
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

export class AptSuite {
  /** `<uri>/dists/<suite>`. */
  readonly url: string;
  readonly #location: SuiteLocation;
  readonly #ports: SuitePorts;
  /** Forms of indexes, as they were read or fetched. Untrusted until `searchIndex` has checked them. */
  readonly #obtained = new Map<string, Promise<unknown>>();
  #release: Promise<VerifiedRelease> | undefined;
  #refetched: Promise<VerifiedRelease> | undefined;

  constructor(location: SuiteLocation, ports: SuitePorts) {
    this.#location = location;
    this.#ports = ports;
    this.url = `${location.uri}/dists/${location.expected.suite}`;
  }

  /** Throws TransportError, and VerificationError as `verifyRelease` does. */
  release(): Promise<VerifiedRelease> {
    this.#release ??= this.#fetchRelease();
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
      this.#refetched ??= this.#fetchRelease();
      this.#release = this.#refetched;
      this.#obtained.clear();
      return this.#searchIndexes(await this.#refetched, component, architecture, names);
    }
  }

  async #fetchRelease(): Promise<VerifiedRelease> {
    const { fetcher, now } = this.#ports;
    const url = `${this.url}/InRelease`;
    // Started together: reading keys takes about as long as fetching.
    const [{ bytes }, keyring] = await Promise.all([
      fetcher.get({ url, maxBytes: maxInReleaseBytes, revalidate: true }),
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

  /**
   * Form by form: what is not there leads on to the next one, and so does what is as it was signed and yet cannot be
   * decompressed here. Other bytes than the signed ones do not.
   */
  async #searchOne(
    release: VerifiedRelease,
    listing: IndexListing,
    names: ReadonlySet<string>,
  ): Promise<readonly FoundStanza[]> {
    // Listed as empty: there is nothing that fetching could tell.
    if (listing.plain?.sizeBytes === 0) return [];
    const failures: AssayError[] = [];
    for await (const { form, bytes, isCached } of this.#formsOf(release, listing, failures)) {
      const url = `${this.url}/${form.file.path}`;
      try {
        const found = await searchIndex({ release, listing, form, url, bytes, names });
        if (!isCached) await this.#ports.cache.write(form.file.digest, bytes);
        return found;
      } catch (error) {
        if (!isUndecodable(error)) throw error;
        failures.push(error);
      }
    }
    throw unreadable(listing, failures);
  }

  /**
   * The forms that are to be had, one by one: first those of the cache, which an earlier run has checked. Each is
   * asked for once: architectures share an index (binary-all), and components may.
   */
  async *#formsOf(release: VerifiedRelease, { forms }: IndexListing, failures: AssayError[]) {
    for (const form of forms) {
      const { digest } = form.file;
      const bytes = await once(this.#obtained, `cache ${digest}`, () => this.#ports.cache.read(digest));
      if (bytes !== undefined) yield { form, bytes, isCached: true };
    }
    for (const form of forms) {
      try {
        const fetching = () => this.#fetchForm(release, form);
        const bytes = await once(this.#obtained, `fetch ${form.file.digest}`, fetching);
        yield { form, bytes, isCached: false };
      } catch (error) {
        if (!isNotThere(error)) throw error;
        failures.push(error);
      }
    }
  }

  /** By hash first, where the Release says so; only what is not there leads on to the name. */
  async #fetchForm(release: VerifiedRelease, form: Form): Promise<Uint8Array> {
    const { path } = form.file;
    if (release.release.acquireByHash) {
      try {
        return await this.#fetchListed(`${this.url}/${byHashPath(form)}`, form);
      } catch (error) {
        if (!isNotThere(error)) throw error;
      }
    }
    return this.#fetchListed(`${this.url}/${path}`, form);
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

function byHashPath({ file: { path, digest } }: Form): string {
  const directory = path.slice(0, path.lastIndexOf('/'));
  return `${directory}/by-hash/${digestAlgorithm(digest).toUpperCase()}/${digestHex(digest)}`;
}

function isUndecodable(error: unknown): error is VerificationError {
  return error instanceof VerificationError && error.code === 'EVIDENCE_MALFORMED';
}

/** The most telling of the failures: what was there, then what was refused, then what was not found. */
function unreadable({ name, unread }: IndexListing, failures: readonly AssayError[]): AssayError {
  const error =
    failures.find(isUndecodable) ?? failures.find(({ code }) => code === 'HTTP_STATUS') ?? failures[0];
  if (error === undefined) throw new TypeError('a listing has at least one form');
  if (unread.length === 0) return error;
  const message = `${error.message}; ${name} is also listed as ${unread.join(' and ')}, which assay does not read`;
  const { hint, context, cause } = error;
  if (error instanceof TransportError)
    return new TransportError(error.code, message, { hint, context, cause });
  return new VerificationError('EVIDENCE_MALFORMED', message, { hint, context, cause });
}

function contentDigest(listing: IndexListing): Digest {
  const file = listing.plain ?? listing.forms[0]?.file;
  if (file === undefined) throw new TypeError('a listing has at least one form');
  return file.digest;
}

function isMismatch(error: VerificationError): boolean {
  return error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH';
}

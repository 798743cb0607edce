/**
 * What a kind of source is: it finds what is wanted at an upstream, gathers the evidence, and has it
 * verified. One file and one line of `registry.ts` add another.
 *
 * A source is asked for everything that a run wants of it at once, so that what several entries share
 * (an InRelease, an index, a bundle) is fetched and verified once.
 */
import type { ZodType } from 'zod';
import type { Ordering } from '../formats/own/version-order.ts';
import type { ArtifactType, Platform } from '../model/artifact.ts';
import type { AssayError } from '../model/errors.ts';
import type { Cache, Fetcher, Reporter } from '../model/ports.ts';
import type { TrustSource } from '../verify/method.ts';
import type { Judged } from './gather.ts';

/**
 * What an upstream's answer depended on, as digests by name. While it stays the same, so does the answer,
 * and an entry need not be resolved again.
 */
export type Watermark = Readonly<Record<string, string>>;

/** What the catalogue wants of a source. */
export interface Wanted<Entry> {
  /** The dependency's key. */
  readonly name: string;
  readonly platform: Platform;
  readonly type: ArtifactType;
  readonly entry: Entry;
  /** The VM kind, where the file's name depends on it; undefined for what all kinds share. */
  readonly kind: string | undefined;
}

export interface ResolveRequest<Entry> extends Wanted<Entry> {
  /** What the manifests have now, as upstream orders versions; undefined for what is new. */
  readonly previousVersion: string | undefined;
  /** As its method's schema has checked it. */
  readonly verification: { readonly method: string };
  /** Of the run that resolved the entry as it stands; undefined to resolve it whatever upstream says. */
  readonly watermark: Watermark | undefined;
}

export type Resolution =
  | (Judged & { readonly status: 'resolved'; readonly watermark: Watermark })
  | { readonly status: 'current' }
  | { readonly status: 'failed'; readonly error: AssayError };

export interface SourceResult<Entry = unknown> {
  /** By the request itself, one for each: never by position, so that no slip gives an answer to another question. */
  readonly resolutions: ReadonlyMap<ResolveRequest<Entry>, Resolution>;
  /** Dates of signed metadata to remember, by URL: the next run refuses older ones. */
  readonly metadataDates: ReadonlyMap<string, Date>;
}

/** What follows from the catalogue alone, once the version is known: nothing of it is asked of anybody. */
export interface Expectation {
  /** Where the artifact must be; undefined where only upstream's own index says it. */
  readonly url: string | undefined;
  /** The places, as prefixes, of the artifact. */
  readonly places: readonly string[];
  /** What is to be vouched for, as the verification methods take it that fit the source. */
  readonly subject: unknown;
  /** What the answer depended on; undefined where only upstream's documents say it. */
  readonly watermark: Watermark | undefined;
  /** Does the catalogue allow the version, whatever its age? */
  readonly isAllowed: boolean;
}

/** What an entry says that was resolved: a kept proof is about this, or about nothing. */
export interface Known {
  /** As upstream orders versions. */
  readonly version: string;
  /** Which nobody vouches for, but who publishes the file. */
  readonly sizeBytes: number;
}

export interface SourceContext {
  readonly fetcher: Fetcher;
  readonly cache: Cache;
  readonly reporter: Reporter;
  readonly trust: TrustSource;
  /** The time to judge by. */
  readonly now: Date;
  /** What earlier runs remembered, see `SourceResult.metadataDates`. */
  readonly metadataDates: ReadonlyMap<string, Date>;
}

export interface SourceKind<Source, Entry> {
  /** As the catalogue's `type` names it. */
  readonly type: string;
  readonly sourceSchema: ZodType<Source>;
  readonly entrySchema: ZodType<Entry>;
  /** What can come from it. */
  readonly artifactTypes: readonly ArtifactType[];
  /** The verification methods that fit it. */
  readonly methods: readonly string[];
  /** How upstream orders its versions. */
  ordering(source: Source): Ordering;
  /**
   * All entries of a source have one version, and change together or not at all: in one manifest; or in all of a run,
   * where they are parts of one system whose nodes must not get ahead of each other (Kubernetes).
   */
  readonly movesTogether?: 'in a manifest' | 'in all manifests';
  /** That one version is each architecture's own. */
  isByArchitecture?(source: Source): boolean;
  /** Of images: the reference without its tag, by which an image of a manifest is known, and the tag's template. */
  image?(source: Source, entry: Entry): { readonly repository: string; readonly tag: string };
  /**
   * The same, of exactly this version: for what is asked again, to compare. Of packages the version is that of the
   * request (`previousVersion`).
   */
  exactly(source: Source, entry: Entry, version: string): { readonly source: Source; readonly entry: Entry };
  /** Is what is signed the repository, whose signatures are made anew all the time, whatever became of the artifact? */
  readonly signsRepository?: true;
  /** Throws VerificationError `EVIDENCE_MALFORMED` for a version that no name can be made of. */
  expect(source: Source, wanted: Wanted<Entry>, known: Known): Expectation;
  /** Never throws for what an upstream does: a failure is a resolution. */
  resolve(
    source: Source,
    requests: readonly ResolveRequest<Entry>[],
    context: SourceContext,
  ): Promise<SourceResult<Entry>>;
}

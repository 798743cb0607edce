/**
 * What an evidence store lacks, asked for again by its digest: where it was published, there by its hash, and in a
 * snapshot service, which has an apt repository as it was at a time. Whoever answers, nothing is taken but the bytes of
 * that digest.
 */
import { maxKeptBytes, type EvidenceEntry } from '../../formats/own/evidence.ts';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { TransportError, type AssayError } from '../../model/errors.ts';
import type { OwnFiles } from '../../model/own-files.ts';
import type { Fetcher, Reporter } from '../../model/ports.ts';
import { digestOf } from '../../verify/digest.ts';
import { largeDocuments, putIntoStore, type LargeDocument } from '../shared/evidence-store.ts';
import { documentName, documentsDirectory } from '../shared/kept-documents.ts';
import { readManifests } from './read-manifests.ts';

export interface FetchEvidenceInput {
  readonly files: OwnFiles;
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
  readonly store: string;
  /** `<base>/<archive>/<YYYYMMDDTHHMMSSZ>/dists/…`, without a slash at its end, as snapshot.debian.org has it. */
  readonly snapshotBase: string | undefined;
}

export interface FetchedEvidence {
  readonly role: string;
  readonly url: string;
  readonly digest: Digest;
  readonly size: number;
  /** `kept`: it was there, and is right. */
  readonly status: 'kept' | 'fetched' | 'failed';
  /** Where it came from. */
  readonly from?: string;
  readonly error?: AssayError;
}

/** Throws UsageError for files that cannot be read or written; what upstreams do is a status. */
export async function fetchEvidence(
  manifestFiles: readonly string[],
  input: FetchEvidenceInput,
): Promise<readonly FetchedEvidence[]> {
  const manifests = await readManifests(manifestFiles, input.files);
  const directories = new Map(
    manifests.flatMap(({ directory, evidence }) =>
      Object.values(evidence).map((proof) => [proof, directory]),
    ),
  );
  const results: FetchedEvidence[] = [];
  for (const large of largeDocuments(manifests.map(({ evidence }) => evidence))) {
    results.push(await fetchOne(large, directories.get(large.proof) ?? '.', input));
  }
  return results;
}

async function fetchOne(
  large: LargeDocument,
  directory: string,
  input: FetchEvidenceInput,
): Promise<FetchedEvidence> {
  const { role, url, digest, size } = large.document;
  const { files, fetcher, reporter, store } = input;
  const is = (bytes: Uint8Array) =>
    bytes.length === size && digestOf(digestAlgorithm(digest), bytes) === digest;
  const about = { role, url, digest, size };
  const kept = await files.read(`${store}/${documentName(digest)}`);
  if (kept !== undefined && is(kept)) return { ...about, status: 'kept' };
  let failure: TransportError | undefined;
  for (const place of await placesOf(large, directory, input)) {
    try {
      reporter.step(`fetching ${place}`);
      const { bytes } = await fetcher.get({ url: place, maxBytes: size });
      if (!is(bytes)) continue;
      await putIntoStore(store, [[digest, bytes]], files);
      return { ...about, status: 'fetched', from: place };
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      // Another state of an index has another size.
      if (error.code !== 'NOT_FOUND' && error.code !== 'TOO_LARGE') failure ??= error;
    }
  }
  return { ...about, status: 'failed', error: failure ?? notThere(large) };
}

/** From the likeliest on. */
async function placesOf(
  { document, proof }: LargeDocument,
  directory: string,
  { files, snapshotBase }: FetchEvidenceInput,
): Promise<readonly string[]> {
  const { url, digest } = document;
  const folder = url.slice(0, url.lastIndexOf('/'));
  const [, root, archive = '', path = ''] = /^(https:\/\/.*\/([^/]+))\/(dists\/.+)$/.exec(url) ?? [];
  if (root === undefined) return [url];
  const named = path.includes('/by-hash/')
    ? []
    : [`${folder}/by-hash/${digestAlgorithm(digest).toUpperCase()}/${digestHex(digest)}`];
  const places = [url, ...named];
  if (snapshotBase === undefined) return places;
  const times = await timesOf(proof, url, { directory, files });
  return [
    ...places,
    ...times.flatMap((time) =>
      places.map((place) => `${snapshotBase}/${archive}/${stampOf(time)}${place.slice(root.length)}`),
    ),
  ];
}

const hourMs = 3_600_000;

/**
 * Between the date of a Release and its judgement the index was published. A service that takes pictures a few times a day
 * has the last one before a time, so that later ones are asked for, too. Of the Release nothing but a guess is wanted.
 */
async function timesOf(
  { documents, judgedAt }: EvidenceEntry,
  url: string,
  { directory, files }: { readonly directory: string; readonly files: OwnFiles },
): Promise<readonly Date[]> {
  const judged = new Date(judgedAt);
  const release = documents.find(
    (one) =>
      one.size <= maxKeptBytes &&
      one.url.endsWith('Release') &&
      url.startsWith(one.url.replace(/[^/]+$/, '')),
  );
  const bytes =
    release && (await files.read(`${documentsDirectory(directory)}/${documentName(release.digest)}`));
  const [, text = ''] = /^Date: (.+)$/m.exec(Buffer.from(bytes ?? []).toString('latin1')) ?? [];
  const date = new Date(text);
  const later = (time: Date, hours: number) => new Date(time.getTime() + hours * hourMs);
  const dated = Number.isNaN(date.getTime()) ? [] : [date, later(date, 6), later(date, 24)];
  return [judged, ...dated, later(judged, 6), later(judged, 24)];
}

function stampOf(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}

function notThere({ document: { url, digest } }: LargeDocument): TransportError {
  return new TransportError('NOT_FOUND', `nobody who was asked has ${digest}, which was ${url}`, {
    hint: 'Name a service that has what was published then: --snapshot-base.',
    context: { url, digest },
  });
}

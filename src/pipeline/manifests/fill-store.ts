/** What the proofs of a run name by digest alone goes into an evidence store. */
import type { Digest } from '../../model/digest.ts';
import type { OwnFiles } from '../../model/own-files.ts';
import type { Cache, Reporter } from '../../model/ports.ts';
import { largeDocuments, missingFrom, putIntoStore } from '../shared/evidence-store.ts';
import type { NextState } from './manifest-state.ts';

interface StoreInput {
  /** Undefined for none. */
  readonly evidenceStore?: string | undefined;
  readonly files: OwnFiles;
  readonly cache: Cache;
  readonly reporter: Pick<Reporter, 'warn'>;
}

/** Before anything names them. What an earlier run has read is in the cache, or else is asked for by fetch-evidence. */
export async function fillStore(
  states: readonly NextState[],
  { evidenceStore, files, cache, reporter }: StoreInput,
): Promise<void> {
  if (evidenceStore === undefined) return;
  const read = new Map(states.flatMap(({ large }) => large.map(({ digest, bytes }) => [digest, bytes])));
  const wanted = largeDocuments(states.map(({ evidence }) => evidence));
  const missing = await missingFrom(evidenceStore, wanted, files);
  const found = new Map<Digest, Uint8Array>();
  for (const { document } of missing) {
    const bytes = read.get(document.digest) ?? (await cache.read(document.digest));
    if (bytes !== undefined) found.set(document.digest, bytes);
  }
  await putIntoStore(evidenceStore, found, files);
  if (found.size === missing.length) return;
  const count = missing.length - found.size;
  reporter.warn(
    `${evidenceStore} lacks ${String(count)} of ${String(wanted.length)} documents, which this run did not read: ` +
      'assay fetch-evidence asks for them',
  );
}

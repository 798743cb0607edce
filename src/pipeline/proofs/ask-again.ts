/**
 * Questions of kept proofs put to upstream once more, by the very sources that answered them: with the version left open,
 * as in a run, or fixed to the one that is known. Nothing is remembered of it.
 */
import type { Fetcher } from '../../model/ports.ts';
import { requireGrown } from '../../sources/log-memory.ts';
import type { Resolution, ResolveRequest, SourceContext } from '../../sources/source.ts';
import type { KeptQuestion } from './kept-question.ts';

/** Each source bounds its own requests further (`io/http`): this bounds what is held in memory. */
const maxSources = 8;

export interface Again {
  readonly asked: KeptQuestion;
  /** Of the proof, as upstream orders versions. */
  readonly version: string;
}

export interface AgainContext extends SourceContext {
  /** See `Remembered.logs`. */
  readonly logSizes: ReadonlyMap<string, number>;
}

interface Batch {
  readonly kind: KeptQuestion['sourceKind'];
  readonly source: never;
  readonly requests: Map<Again, ResolveRequest<never>>;
  /** By name, kind and platform: one batch has no two questions about the same. */
  readonly entries: Map<string, string>;
}

/** `isFixed`: is this very version still there? Otherwise: what would a run take? */
export async function askAgain(
  all: readonly Again[],
  isFixed: boolean,
  { logSizes, ...context }: AgainContext,
): Promise<ReadonlyMap<Again, Resolution>> {
  const answers = new Map<Again, Resolution>();
  const waiting = batchesOf(all, isFixed);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { kind, source, requests } = next;
      const result = await kind.resolve(source, [...requests.values()], {
        ...context,
        fetcher: fetchingWhole(context.fetcher),
      });
      for (const [again, request] of requests) {
        const resolution = result.resolutions.get(request);
        if (resolution === undefined) throw new TypeError(`no answer about ${request.name}`);
        answers.set(again, requireGrown(resolution, logSizes));
      }
    }
  };
  await Promise.all(Array.from({ length: maxSources }, work));
  return answers;
}

/** What is asked of one source together, so that what is shared is fetched once. */
function batchesOf(all: readonly Again[], isFixed: boolean): Batch[] {
  const batches: Batch[] = [];
  for (const again of all) {
    const { asked, version } = again;
    const { sourceKind: kind, wanted } = asked;
    const { source, entry } = isFixed
      ? kind.exactly(asked.source, wanted.entry, version)
      : { source: asked.source, entry: wanted.entry };
    const at = JSON.stringify([wanted.name, wanted.kind]);
    const text = JSON.stringify(entry);
    const batch = batches.find(
      (one) =>
        one.kind === kind &&
        JSON.stringify(one.source) === JSON.stringify(source) &&
        (one.entries.get(at) ?? text) === text,
    ) ?? { kind, source, requests: new Map(), entries: new Map() };
    if (batch.requests.size === 0) batches.push(batch);
    batch.entries.set(at, text);
    const { verification } = asked;
    const known = { previousVersion: version, watermark: undefined };
    batch.requests.set(again, { ...wanted, entry, verification, ...known });
  }
  return batches;
}

/** What an earlier run kept is no answer to what upstream has now. */
function fetchingWhole(fetcher: Fetcher): Fetcher {
  return fetcher.revalidation({ isConditional: false }).fetcher;
}

/** Asks the sources: several at the same time, each for all that is wanted of it at once. */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import type { Remembered } from '../../formats/own/evidence.ts';
import { largestSizes, requireGrown } from '../../sources/log-memory.ts';
import { sourceKinds } from '../../sources/registry.ts';
import type { Revalidation, SourceProgress } from '../../model/ports.ts';
import type { Resolution, SourceContext } from '../../sources/source.ts';
import type { Asking } from './questions.ts';

/** Each source bounds its own requests further (`io/http`): this bounds what is held in memory. */
const maxSources = 8;

export interface Answers {
  /** By the question's key. */
  readonly byKey: ReadonlyMap<string, { readonly asking: Asking; readonly resolution: Resolution }>;
  /** For the next run: what earlier ones remembered is among it. */
  readonly remembered: Remembered;
  /** By the source's name: what was fetched of it, to be kept or forgotten. */
  readonly revalidations: ReadonlyMap<string, Revalidation>;
}

export interface AskInput extends Omit<SourceContext, 'metadataDates'> {
  readonly catalogue: Catalogue;
  /** Dependency keys: their sources are asked for everything whole. */
  readonly refresh: readonly string[] | 'all';
  readonly progress?: SourceProgress | undefined;
}

export async function ask(
  questions: readonly Asking[],
  known: Remembered,
  input: AskInput,
): Promise<Answers> {
  const { catalogue, refresh, cache, reporter, trust, now, progress } = input;
  const context = { cache, reporter, trust, now, metadataDates: known.dates };
  const revalidations = new Map<string, Revalidation>();
  const byKey = new Map<string, { asking: Asking; resolution: Resolution }>();
  const dates = new Map(known.dates);
  const waiting = [...Map.groupBy(questions, ({ dependency }) => dependency.source.from)];
  progress?.expect(waiting.length);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, asked] = next;
      const source = catalogue.sources[name];
      const kind = source && sourceKinds[source.type];
      if (source === undefined || kind === undefined) throw new TypeError(`no source ${name}`);
      const requests = asked.map(({ request }) => request);
      const isRefreshed = refresh === 'all' || requests.some((request) => refresh.includes(request.name));
      const transfers = progress?.begin(name);
      const revalidation = input.fetcher.revalidation({ isConditional: !isRefreshed, transfers });
      revalidations.set(name, revalidation);
      const { fetcher } = revalidation;
      const resolving = kind.resolve(source as never, requests, { ...context, fetcher });
      const result = await resolving.finally(() => progress?.end(name));
      for (const asking of asked) {
        const answer = result.resolutions.get(asking.request);
        if (answer === undefined) throw new TypeError(`no answer to ${asking.key}`);
        byKey.set(asking.key, { asking, resolution: requireGrown(answer, known.logs) });
      }
      for (const [url, date] of result.metadataDates) dates.set(url, date);
    }
  };
  await Promise.all(Array.from({ length: maxSources }, work));
  const resolutions = [...byKey.values()].map(({ resolution }) => resolution);
  const remembered = { dates, logs: largestSizes(known.logs, resolutions) };
  return { byKey, remembered, revalidations };
}

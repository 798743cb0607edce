/**
 * Which release is the newest nobody signs but apt's repositories: whoever answers can hold back new ones. What is known
 * is how old the one is that is named as the newest; the catalogue says by `maxAge` from when on that is worth a word.
 */
import type { EvidenceEntry } from '../../formats/own/evidence.ts';

export interface StaleSource {
  /** As the catalogue calls it. */
  readonly source: string;
  /** What names the newest: `stable.txt`, a list of releases, of an image its reference. */
  readonly url: string;
  readonly version: string;
  /** When it was signed last; of what nobody signs, when it was seen first. */
  readonly since: Date;
  readonly maxAgeMs: number;
}

/** What a source of any kind may have said. */
interface AskedSource {
  /** In milliseconds. */
  readonly maxAge?: number;
  readonly version?: string;
  readonly versions?: { readonly hold?: string };
}

export interface Dated {
  /** As its kind has read it, and what is asked of it. */
  readonly asked: readonly AskedSource[];
  readonly evidence: EvidenceEntry;
}

/** Each once, however many entries come from it. A version that the catalogue names or holds is as old as it pleases. */
export function staleSources(all: readonly Dated[], now: Date): readonly StaleSource[] {
  const newest = new Map<string, StaleSource>();
  for (const { asked, evidence } of all) {
    const maxAgeMs = asked.find(({ maxAge }) => maxAge !== undefined)?.maxAge;
    const isFixed = asked.some(
      ({ version, versions }) => version !== undefined || versions?.hold !== undefined,
    );
    if (maxAgeMs === undefined || isFixed) continue;
    const { version, watermark, question } = evidence;
    const [url = evidence.url] = Object.keys(watermark);
    const one = { source: question.entry.from, url, version, since: dateOf(evidence), maxAgeMs };
    const key = JSON.stringify([one.source, url, version]);
    const known = newest.get(key);
    if (known === undefined || known.since < one.since) newest.set(key, one);
  }
  return [...newest.values()].filter(({ since, maxAgeMs }) => now.getTime() - since.getTime() > maxAgeMs);
}

/** A proof is written anew with each version, and not before: so it dates what no signature does. */
function dateOf({ signers, judgedAt }: EvidenceEntry): Date {
  const times = signers.flatMap(({ signedAt }) => signedAt ?? []).sort();
  return new Date(times.at(-1) ?? judgedAt);
}

export function staleText({ source, url, version, since, maxAgeMs }: StaleSource): string {
  const days = String(Math.round(maxAgeMs / 8_640_000) / 10);
  return (
    `${url} names ${version} as the newest, which is of ${since.toISOString()}: longer ago than the ${days} days that ` +
    `the catalogue expects of ${source} (maxAge). Is it given up, or does somebody hold back what is new?`
  );
}

/**
 * Does a record of OSV name a version? Its evaluation algorithm (https://ossf.github.io/osv-schema/#evaluation), with a
 * third answer: what cannot be ordered, or is said by commits alone, is undecided, and never "no".
 */
import { parseEcosystemVersion } from '../formats/own/advisories-schema.ts';
import { compareVersions, type OrderedVersion } from '../formats/own/version-order.ts';
import type { OsvAffected, OsvEvent, OsvRecord } from '../formats/upstream/osv.ts';
import type { OsvPackage } from '../model/advisory.ts';

export type Verdict = 'affected' | 'unaffected' | 'undecided';

/** Before all others: what `introduced` calls `0`. */
type Point = OrderedVersion | 'start';

/** `version`, as `parseEcosystemVersion` reads the ecosystem's versions. */
export function affects(record: OsvRecord, asked: OsvPackage, version: OrderedVersion): Verdict {
  if (record.withdrawn !== undefined) return 'unaffected';
  const named = (record.affected ?? []).filter((one) => isAbout(one, asked));
  // Who was asked about the package says that it is about it, by a name that is not ours.
  if (named.length === 0) return 'undecided';
  return worst(named.map((one) => affectsBy(one, asked.ecosystem, version)));
}

/** A record for all releases of a distribution is about each. */
export function isAbout({ package: named }: OsvAffected, { ecosystem, name }: OsvPackage): boolean {
  if (named?.name !== name) return false;
  return named.ecosystem === ecosystem || ecosystem.startsWith(`${named.ecosystem}:`);
}

/** Of several that each would do: of records of one vulnerability, of ranges of one record. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('affected')) return 'affected';
  return verdicts.includes('undecided') ? 'undecided' : 'unaffected';
}

function affectsBy({ ranges, versions }: OsvAffected, ecosystem: string, version: OrderedVersion): Verdict {
  const parse = (text: string) => parseEcosystemVersion(ecosystem, text);
  const listed = (versions ?? []).map(parse);
  if (listed.some((one) => one !== undefined && compareVersions(one, version) === 0)) return 'affected';
  // Commits have no order without their repository; what they mean as versions has to be listed.
  const ordered = (ranges ?? []).filter(({ type }) => type !== 'GIT');
  if (ordered.length === 0)
    return listed.length === 0 || listed.includes(undefined) ? 'undecided' : 'unaffected';
  return worst(ordered.map(({ events }) => isWithin(events ?? [], parse, version)));
}

function isWithin(
  events: readonly OsvEvent[],
  parse: (text: string) => OrderedVersion | undefined,
  version: OrderedVersion,
): Verdict {
  const points: { readonly kind: keyof OsvEvent; readonly at: Point }[] = [];
  for (const [kind, text] of events.flatMap((event) => Object.entries(event) as [keyof OsvEvent, string][])) {
    if (kind === 'limit' && text.includes('*')) continue;
    const at = kind === 'introduced' && text === '0' ? 'start' : parse(text);
    if (at === undefined) return 'undecided';
    points.push({ kind, at });
  }
  if (!points.some(({ kind }) => kind === 'introduced')) return 'undecided';
  const limits = points.filter(({ kind }) => kind === 'limit');
  if (limits.length > 0 && !limits.some(({ at }) => compare(version, at) < 0)) return 'unaffected';
  let verdict: Verdict = 'unaffected';
  for (const { kind, at } of points.sort((one, other) => compare(one.at, other.at))) {
    const difference = compare(version, at);
    if (kind === 'introduced' && difference >= 0) verdict = 'affected';
    else if (kind === 'fixed' && difference >= 0) verdict = 'unaffected';
    else if (kind === 'last_affected' && difference > 0) verdict = 'unaffected';
  }
  return verdict;
}

function compare(one: Point, other: Point): number {
  if (one === 'start' || other === 'start') return Number(other === 'start') - Number(one === 'start');
  return compareVersions(one, other);
}

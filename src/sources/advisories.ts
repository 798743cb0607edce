/**
 * Which publicly known vulnerabilities a change of version fixes, and which it brings. What is said here makes nobody
 * believe an artifact, and its failure fails no update: it is told of as what it is, and never as "none".
 */
import { parseEcosystemVersion } from '../formats/own/advisories-schema.ts';
import type { OsvRecord } from '../formats/upstream/osv.ts';
import {
  severities,
  type Advisory,
  type AdvisoryFinding,
  type OsvPackage,
  type Severity,
} from '../model/advisory.ts';
import { affects, worst, type Verdict } from './advisory-ranges.ts';
import { failed } from './failed.ts';

export interface AdvisorySource {
  /** All records about a package, whichever of its versions they name. Throws AssayError. */
  recordsOf(asked: OsvPackage): Promise<readonly OsvRecord[]>;
}

/** Versions as upstream orders them: those of evidence, since a manifest leaves a Debian version's epoch out. */
export interface VersionChange {
  /** As the catalogue names it; undefined where it does not. */
  readonly package: OsvPackage | undefined;
  /** What was not there before brings all that is known of its version. */
  readonly isNew: boolean;
  /** Undefined where nothing says it, as of a manifest without evidence; of what is new it is not looked at. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Never throws for what the source does. A package is asked about once, however many changes are of it. */
export async function advisoriesOf<Change extends VersionChange>(
  changes: readonly Change[],
  source: AdvisorySource,
): Promise<ReadonlyMap<Change, AdvisoryFinding>> {
  const asked = new Map<string, Promise<readonly OsvRecord[]>>();
  const recordsOf = (about: OsvPackage) => {
    const key = `${about.ecosystem} ${about.name}`;
    const records = asked.get(key) ?? source.recordsOf(about);
    asked.set(key, records);
    return records;
  };
  const findings = changes.map(async (change) => [change, await findingOf(change, recordsOf)] as const);
  return new Map(await Promise.all(findings));
}

async function findingOf(
  { package: about, isNew, before, after }: VersionChange,
  recordsOf: AdvisorySource['recordsOf'],
): Promise<AdvisoryFinding> {
  const not = (reason: string): AdvisoryFinding => ({ status: 'not-looked-up', reason });
  if (about === undefined) return not('the catalogue names no package of OSV for it');
  for (const version of isNew ? [after] : [before, after]) {
    if (version === undefined) return not('no evidence says its whole version');
    if (parseEcosystemVersion(about.ecosystem, version) === undefined) {
      return not(`${version} is no version of ${about.ecosystem}`);
    }
  }
  try {
    return changedAdvisories(about, isNew ? undefined : before, after ?? '', await recordsOf(about));
  } catch (error) {
    return failed(error);
  }
}

/** Pure: versions that are of the ecosystem, and records as somebody has them. */
function changedAdvisories(
  about: OsvPackage,
  before: string | undefined,
  after: string,
  records: readonly OsvRecord[],
): AdvisoryFinding {
  const [fixes, brings, undecided]: [Advisory[], Advisory[], Advisory[]] = [[], [], []];
  for (const same of byVulnerability(records)) {
    const verdictOn = (text: string | undefined): Verdict => {
      const version = text === undefined ? undefined : parseEcosystemVersion(about.ecosystem, text);
      return version === undefined ? 'unaffected' : worst(same.map((one) => affects(one, about, version)));
    };
    const [was, is] = [verdictOn(before), verdictOn(after)];
    if (was === 'undecided' || is === 'undecided') undecided.push(advisoryOf(same));
    else if (was === 'affected' && is === 'unaffected') fixes.push(advisoryOf(same));
    else if (was === 'unaffected' && is === 'affected') brings.push(advisoryOf(same));
  }
  return { status: 'looked-up', fixes: sorted(fixes), brings: sorted(brings), undecided: sorted(undecided) };
}

/** Databases have records of their own, which name each other: one vulnerability is told of once. */
function byVulnerability(records: readonly OsvRecord[]): readonly (readonly OsvRecord[])[] {
  const groups = new Set<Map<string, OsvRecord>>();
  const groupOf = new Map<string, Map<string, OsvRecord>>();
  for (const record of records) {
    const names = [record.id, ...(record.aliases ?? [])];
    const group = new Map([[record.id, record]]);
    for (const other of new Set(names.flatMap((name) => groupOf.get(name) ?? []))) {
      for (const [id, one] of other) if (id !== record.id) group.set(id, one);
      groups.delete(other);
    }
    groups.add(group);
    for (const one of group.values())
      for (const name of [one.id, ...(one.aliases ?? [])]) groupOf.set(name, group);
  }
  return [...groups].map((group) => [...group.values()]);
}

function advisoryOf(same: readonly OsvRecord[]): Advisory {
  const names = [...new Set(same.flatMap(({ id, aliases }) => [id, ...(aliases ?? [])]))].sort(byName);
  const [id = '', ...aliases] = names;
  const summaries = same.map(({ summary, details }) => firstLine(summary ?? details ?? ''));
  const [record = id] = same.map((one) => one.id).sort(byName);
  return {
    id,
    aliases,
    summary: summaries.find((text) => text !== '') ?? '',
    severity: severities.find((word) => same.some((one) => severityOf(one) === word)),
    url: `https://osv.dev/vulnerability/${record}`,
  };
}

/** A CVE first: that is what others look for. */
function byName(one: string, other: string): number {
  const rank = (name: string) => Number(!name.startsWith('CVE-'));
  return rank(one) - rank(other) || (one < other ? -1 : 1);
}

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function severityOf({ database_specific: own }: OsvRecord): Severity | undefined {
  const word = typeof own?.severity === 'string' ? own.severity.toUpperCase() : '';
  return severities.find((one) => one === (word === 'MEDIUM' ? 'MODERATE' : word));
}

function sorted(advisories: readonly Advisory[]): readonly Advisory[] {
  const rank = ({ severity }: Advisory) =>
    severity === undefined ? severities.length : severities.indexOf(severity);
  return advisories.toSorted((one, other) => rank(one) - rank(other) || (one.id < other.id ? -1 : 1));
}

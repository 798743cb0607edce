/** What `verify --offline` found, for people: the weakest first, and what rests on nothing but an unsigned time. */
import {
  verdicts,
  type OfflineReport,
  type OfflineReportEntry,
  type ReportedRefusal,
} from '../formats/own/offline-report.ts';
import { signerName } from './signer.ts';
import { table } from './table.ts';

const head = ['VERDICT', 'ENTRY', 'VERSION', 'ASSURANCE', 'SIGNER', 'MANIFESTS'];

/** Lines: a table with a row for all manifests that an entry is the same in, what would be refused now, and a count. */
export function renderOfflineReport({ manifests, now }: OfflineReport, width?: number): readonly string[] {
  const found = manifests.flatMap(({ file, entries }) => entries.map((entry) => ({ file, entry })));
  const rows = verdicts.flatMap((verdict) =>
    grouped(
      found.filter(({ entry }) => entry.verdict === verdict),
      ({ entry }) => cellsOf(entry).join('\n'),
    ).map(([first, files]) => [
      ...cellsOf(first),
      files.length === manifests.length ? 'all' : files.map(shortName).join(', '),
    ]),
  );
  const counts = verdicts.flatMap((verdict) => {
    const count = found.filter(({ entry }) => entry.verdict === verdict).length;
    return count === 0 ? [] : [`${String(count)} ${verdict}`];
  });
  // Of one manifest there is nothing to tell apart.
  const shown = [head, ...rows].map((row) => (manifests.length === 1 ? row.slice(0, -1) : row));
  return [...table(shown, width), ...sinceLines(found, now), counts.join(', ')];
}

/** What is refused, and why: of each file, and of each entry once. */
export function refusalsIn({ manifests }: OfflineReport): readonly {
  readonly what: string;
  /** A manifest that has it. */
  readonly file: string;
  readonly refusal: ReportedRefusal;
}[] {
  const ofFiles = manifests.flatMap(({ file, refusals }) =>
    refusals.map((refusal) => ({ what: shortName(file), file, refusal })),
  );
  const ofEntries = manifests.flatMap(({ file, entries }) =>
    entries.flatMap(({ name, refusal }) =>
      refusal === undefined ? [] : [{ file, entry: { name, refusal } }],
    ),
  );
  const alike = grouped(ofEntries, ({ entry }) => JSON.stringify(entry));
  return [
    ...ofFiles,
    ...alike.map(([{ name, refusal }, files]) => ({
      what: `${name} (${files.map(shortName).join(', ')}), ${linkOf(refusal)}`,
      file: files[0] ?? '',
      refusal,
    })),
  ];
}

function linkOf({ link, which }: ReportedRefusal): string {
  return which === undefined ? link : `${link} ${which}`;
}

interface Found<Entry> {
  readonly file: string;
  readonly entry: Entry;
}

/** What is the same in several files, once. */
function grouped<Entry>(
  found: readonly Found<Entry>[],
  keyOf: (one: Found<Entry>) => string,
): readonly (readonly [Entry, readonly string[]])[] {
  return [...Map.groupBy(found, keyOf).values()].flatMap((group) =>
    group[0] === undefined ? [] : [[group[0].entry, group.map(({ file }) => file)] as const],
  );
}

function sinceLines(found: readonly Found<OfflineReportEntry>[], now: string): readonly string[] {
  const expired = found.flatMap(({ entry: { name, since, judgedAt } }) =>
    since === undefined ? [] : [{ file: name, entry: { message: since.message, judgedAt } }],
  );
  return grouped(expired, ({ entry }) => entry.message).flatMap(([{ message, judgedAt = '' }, names]) => [
    `${[...new Set(names)].join(', ')}: would be refused at ${now}: ${message}`,
    `  It held at ${judgedAt}. That it was judged then is the evidence's own word: nobody signs that time.`,
  ]);
}

function cellsOf({ verdict, name, version = '-', assurance, signers = [] }: OfflineReportEntry) {
  const who = [...new Set(signers.map(signerName))].join(', ');
  return [verdict, name, version, assurance ?? '-', who === '' ? '-' : who];
}

/** `knd.debian-13.amd64`, of any path to it. */
function shortName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.json$/, '');
}

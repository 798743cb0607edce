/** The outcome of `judgeOffline` as it is printed. */
import type { OfflineReport, OfflineReportEntry, ReportedRefusal } from '../../formats/own/offline-report.ts';
import type { OfflineEntry, OfflineManifest, Refusal } from './verdict.ts';

export function offlineReport(manifests: readonly OfflineManifest[], now: Date): OfflineReport {
  return {
    version: 1,
    now: now.toISOString(),
    manifests: manifests.map(({ file, refusals, entries }) => ({
      file,
      refusals: refusals.map(reportedRefusal),
      entries: entries.map(reportedEntry),
    })),
  };
}

function reportedEntry({ name, slot, verdict, entry, evidence, ...found }: OfflineEntry): OfflineReportEntry {
  const { judged, refusal, since } = found;
  const { version, url, digest, size } = entry ?? {};
  return {
    name,
    ...defined({ slot }),
    verdict,
    ...defined({ version, url, digest, size }),
    ...(judged === undefined || evidence === undefined
      ? {}
      : { assurance: evidence.assurance, signers: evidence.signers }),
    ...defined({ judgedAt: evidence?.judgedAt ?? found.boot?.readAt }),
    ...defined({ refusal: refusal && reportedRefusal(refusal) }),
    ...defined({ since: since && { code: since.code, message: since.message } }),
  };
}

function reportedRefusal({ link, which, error }: Refusal): ReportedRefusal {
  const { code, message, hint, context } = error;
  const [expected, found] = [context['expected'], context['found']].map((value) =>
    typeof value === 'string' || typeof value === 'number' ? value : undefined,
  );
  return { link, ...defined({ which }), code, message, ...defined({ expected, found, hint }) };
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

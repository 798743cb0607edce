/** The committed trust anchors against their pins, without the network. */
import { VerificationError } from '../../model/errors.ts';
import type { Reporter } from '../../model/ports.ts';
import type { AnchorReview, Expiring } from '../../model/trust-review.ts';
import type { Anchor, AnchorContents } from '../../verify/anchors/anchor.ts';
import { notThere, type Trust } from '../../verify/anchors/trust.ts';
import { selectAnchors } from './anchors.ts';
import { compareKeys } from './key-changes.ts';

export type AnchorReport = { readonly name: string; readonly file: string } & (
  | ({ readonly status: 'good' } & AnchorContents)
  /** Pinned, but not committed yet: it can be fetched when it is needed, and has to be what is pinned. */
  | { readonly status: 'missing' }
  | { readonly status: 'refused'; readonly error: VerificationError }
);

/** Throws UsageError `FILE_UNREADABLE`. What is wrong with an anchor is in its report. */
export async function checkTrust(trust: Trust, now: Date): Promise<readonly AnchorReport[]> {
  const reports: AnchorReport[] = [];
  for (const anchor of trust.anchors.values()) reports.push(await checkAnchor(anchor, now));
  return reports;
}

async function checkAnchor(anchor: Anchor, now: Date): Promise<AnchorReport> {
  const { path: file, bytes } = anchor.file(anchor.pin.file);
  const { name, kind } = anchor;
  try {
    if (bytes !== undefined)
      return { name, file, status: 'good', ...(await kind.report(bytes, anchor, now)) };
    if (kind.published !== undefined) return { name, file, status: 'missing' };
    throw notThere(anchor);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { name, file, status: 'refused', error };
  }
}

interface RequireOptions {
  /** The anchors, by name, that a run relies on. */
  readonly wanted: ReadonlySet<string>;
  readonly now: Date;
  readonly reporter: Pick<Reporter, 'warn'>;
}

/**
 * The committed anchors against their pins, before anything relies on one of them: an edited key file is refused even
 * where nothing is new upstream, and this run would not have asked for it. One that none of the `wanted` entries names
 * is only warned of; who asks for it is still refused. Throws as `checkTrust` does, and what refuses the first bad
 * anchor that is wanted.
 */
export async function requireCommitted(
  trust: Trust,
  { wanted, now, reporter }: RequireOptions,
): Promise<void> {
  const reports = await checkTrust(trust, now);
  const refused = reports.flatMap((report) => (report.status === 'refused' ? [report] : []));
  const vetoing = refused.find(({ name }) => wanted.has(name));
  if (vetoing !== undefined) throw vetoing.error;
  for (const { name, error } of refused) {
    reporter.warn(`no entry of this run needs the anchor ${name}, which is refused: ${error.message}`);
  }
}

export interface CommittedReview {
  readonly reviews: readonly AnchorReview[];
  /** What expires at all, besides keys. */
  readonly expiring: readonly Expiring[];
}

/**
 * The committed anchors named in `only`, or all, as reviews in which nothing changes: what `update-trust --offline`
 * shows. Throws as `checkTrust` and `selectAnchors` do.
 */
export async function reviewCommitted(
  trust: Trust,
  only: readonly string[] | undefined,
  now: Date,
): Promise<CommittedReview> {
  const found = await Promise.all(selectAnchors(trust, only).map((anchor) => reviewAnchor(anchor, now)));
  return {
    reviews: found.map(({ review }) => review),
    expiring: found.flatMap(({ expiring }) => expiring),
  };
}

/** As `reviewCommitted`. */
export async function reviewAnchor(
  anchor: Anchor,
  now: Date,
): Promise<{ readonly review: AnchorReview; readonly expiring: readonly Expiring[] }> {
  const report = await checkAnchor(anchor, now);
  const { name, file } = report;
  const base = { name, type: anchor.kind.type, file, needs: [], accepted: [], notes: [], keys: [] };
  if (report.status === 'refused') {
    return { review: { ...base, status: 'refused', error: report.error }, expiring: [] };
  }
  if (report.status === 'missing') return { review: { ...base, status: 'missing' }, expiring: [] };
  const { keys = [], root, notes = [], expiring = [] } = report;
  return {
    review: {
      ...{ ...base, status: 'unchanged', notes, keys: compareKeys(keys, keys) },
      ...(root === undefined ? {} : { root }),
    },
    expiring,
  };
}

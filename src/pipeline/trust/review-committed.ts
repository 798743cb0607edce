/** The committed anchors as reviews in which nothing changes: what `update-trust --offline` shows. */
import type { TrustAnchor } from '../../formats/own/trust-pins.ts';
import type { FileStore } from '../../model/ports.ts';
import type { AnchorReview, Expiring } from '../../model/trust-review.ts';
import { reviewTrustedRoot } from '../../verify/sigstore/trusted-root-review.ts';
import { checkTrust, type AnchorReport } from './check-trust.ts';
import { compareKeys } from './key-changes.ts';
import { selectAnchors } from './select-anchors.ts';
import { readPins } from './anchors.ts';
import { readPinnedTufRoot } from './tuf-root.ts';
import { tufRootExpiry } from './update-trusted-root.ts';

interface Committed {
  readonly trustDir: string;
  readonly files: FileStore;
  readonly now: Date;
}

export interface CommittedReview {
  readonly reviews: readonly AnchorReview[];
  /** What expires at all, besides keys. */
  readonly expiring: readonly Expiring[];
}

/** Of the anchors named in `only`, or of all. Throws as `checkTrust` and `selectAnchors` do. */
export async function reviewCommitted(
  input: Committed & { readonly only: readonly string[] | undefined },
): Promise<CommittedReview> {
  const { trustDir, files, only, now } = input;
  const { anchors } = await readPins(trustDir, files);
  const selected = selectAnchors(anchors, only, trustDir);
  const reviews: AnchorReview[] = [];
  const expiring: Expiring[] = [];
  for (const report of await checkTrust(trustDir, files, now)) {
    const anchor = anchors[report.name];
    if (anchor === undefined || !selected.includes(report.name)) continue;
    const review = reviewOf(report, anchor.type);
    if (report.status !== 'good' || anchor.type === 'openpgp') {
      reviews.push(review);
      continue;
    }
    const tufRoot = await readPinnedTufRoot(trustDir, files, anchor);
    const bytes = await files.read(report.file);
    if (bytes === undefined) throw new TypeError(`${report.file} was there a moment ago`);
    const { entries, changes } = reviewTrustedRoot(bytes, bytes, now);
    reviews.push({ ...review, root: { entries, changes, tufRoots: [tufRoot] } });
    expiring.push(tufRootExpiry(report.name, tufRoot));
  }
  return { reviews, expiring };
}

function reviewOf(report: AnchorReport, type: TrustAnchor['type']): AnchorReview {
  const { name, file, status } = report;
  const base = { name, type, file, needs: [], accepted: [], notes: [], keys: [] };
  if (status === 'refused') return { ...base, status, error: report.error };
  if (status === 'missing') return { ...base, status };
  return { ...base, status: 'unchanged', keys: compareKeys(report.keys, report.keys) };
}

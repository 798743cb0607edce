/** The committed trust anchors against their pins, without the network. */
import { VerificationError } from '../../model/errors.ts';
import type { Reporter } from '../../model/ports.ts';
import type { AnchorReview } from '../../model/trust-review.ts';
import type { Anchor } from '../../verify/anchors/anchor.ts';
import { notThere, type Trust } from '../../verify/anchors/trust.ts';
import { blankReview } from './anchor-update.ts';
import { selectAnchors } from './anchors.ts';

/**
 * A review of each anchor named in `only`, or of all, in which nothing changes. What is wrong with one is in its review.
 * Throws UsageError `FILE_UNREADABLE`, and as `selectAnchors` does.
 */
export function checkTrust(
  trust: Trust,
  now: Date,
  only?: readonly string[],
): Promise<readonly AnchorReview[]> {
  return Promise.all(selectAnchors(trust, only).map((anchor) => checkAnchor(anchor, now)));
}

/** As `checkTrust`, of one. */
export async function checkAnchor(anchor: Anchor, now: Date): Promise<AnchorReview> {
  const { kind, pin } = anchor;
  const blank = blankReview(anchor);
  const { bytes } = anchor.file(pin.file);
  try {
    if (bytes !== undefined) {
      return { ...blank, status: 'unchanged', ...(await kind.report(bytes, anchor, now)) };
    }
    if (kind.published !== undefined) return { ...blank, status: 'missing' };
    throw notThere(anchor);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { ...blank, status: 'refused', error };
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
  const refused = (await checkTrust(trust, now)).filter(({ error }) => error !== undefined);
  const vetoing = refused.find(({ name }) => wanted.has(name));
  if (vetoing?.error !== undefined) throw vetoing.error;
  for (const { name, error } of refused) {
    reporter.warn(`no entry of this run needs the anchor ${name}, which is refused: ${error?.message ?? ''}`);
  }
}

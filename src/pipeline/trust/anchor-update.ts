/** What the update of one anchor needs, and what comes of it: `update-trust.ts` joins those of all anchors. */
import type { Fetcher } from '../../model/ports.ts';
import type { AnchorReview } from '../../model/trust-review.ts';
import type { Anchor, AnchorPin, TrustFile } from '../../verify/anchors/anchor.ts';

/** A file as it is to be. */
export interface ChangedFile extends TrustFile {
  readonly bytes: Uint8Array;
}

export interface AnchorContext {
  readonly fetcher: Fetcher;
  readonly now: Date;
  /** What a person named with `--accept`, in the form of `needs`. */
  readonly accept: ReadonlySet<string>;
}

export interface AnchorUpdate {
  readonly review: AnchorReview;
  /** The files that its pin is of, as they are to be, where they differ; none for a refused anchor. */
  readonly files: readonly ChangedFile[];
  /** Its file with new revocations alone, to be written even where nothing else of the run is. */
  readonly revocations?: { readonly file: ChangedFile; readonly revoked: readonly string[] } | undefined;
  /** What is to be remembered for the next update, where it differs. */
  readonly memory: readonly ChangedFile[];
  /** Where its pin changes: the anchor as it is to be, and the change in the text of pins.yaml that makes it so. */
  readonly pin: { readonly anchor: AnchorPin; readonly edit: (text: string) => string } | undefined;
  /** What a person may have named with `--accept`, needed or not: anything else is a slip. */
  readonly asks: readonly string[];
}

/** Of an anchor of which nothing has been found out yet. */
export function blankReview({ name, kind, pin, file }: Anchor): Omit<AnchorReview, 'status'> {
  const { path } = file(pin.file);
  return { name, type: kind.type, file: path, needs: [], accepted: [], notes: [], keys: [], expiring: [] };
}

/** Where nothing is to be written for an anchor. */
export function leavingAsIs(review: AnchorReview): AnchorUpdate {
  return { review, files: [], memory: [], pin: undefined, asks: [] };
}

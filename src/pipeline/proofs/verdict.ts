/** What there is to say of an entry once its kept proof was judged again. */
import type { BootProof } from '../../formats/own/boot-proofs.ts';
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ManifestEntry, SlottedEntry } from '../../formats/own/manifest-entries.ts';
import type { Link, Verdict } from '../../formats/own/offline-report.ts';
import { VerificationError, type AssayError } from '../../model/errors.ts';
import type { Judged } from '../../sources/gather.ts';
import type { Trail } from '../../verify/trail.ts';
import type { ReadManifest } from './read-manifests.ts';

export interface Refusal {
  readonly link: Link;
  /** Which of them: a document's role, an anchor's name. */
  readonly which: string | undefined;
  readonly error: AssayError;
}

export interface OfflineEntry {
  /** `<kind>.<os>.<arch>.json`. */
  readonly fileName: string;
  /** As the question has it; where there is none, as the manifest's slot is called. */
  readonly name: string;
  /** Where it stands; undefined for evidence of nothing, and for `os.boot`. */
  readonly slot: SlottedEntry['slot'] | undefined;
  readonly entry: ManifestEntry | undefined;
  readonly evidence: EvidenceEntry | undefined;
  readonly verdict: Verdict;
  /** Unless refused, and there was something to judge: what the methods made of the documents. */
  readonly judged: Judged | undefined;
  readonly refusal: Refusal | undefined;
  /** What the judgement told of itself, also of one that failed: see `chainOf`. */
  readonly trail: Pick<Trail, 'links' | 'unproven'>;
  /**
   * Why the same proof would be refused if it were judged now, by today's trust. Then nothing but `judgedAt`, which nobody
   * signs, says that it was judged in time.
   */
  readonly since: AssayError | undefined;
  /** Of `os.boot` alone: what it was read out of, unless refused. */
  readonly boot?: BootProof;
}

export interface OfflineManifest extends Pick<ReadManifest, 'file' | 'fileName' | 'manifest' | 'bytes'> {
  /** What does not hold for the file as a whole. */
  readonly refusals: readonly Refusal[];
  /** In the order of the file; what there is only evidence of at the end. */
  readonly entries: readonly OfflineEntry[];
}

const linkOfCode: Readonly<Record<string, Link>> = {
  ...{ SIGNATURE_INVALID: 'signature', SIGNER_UNTRUSTED: 'signature', ALGORITHM_REFUSED: 'signature' },
  // By the time that the proof says it was judged at.
  ...{ METADATA_EXPIRED: 'time', METADATA_FROM_FUTURE: 'time' },
};

/** `error` says by its context what it is about: a kept document, an anchor. Else the code says it. */
export function refusalOf(error: AssayError, link?: Link): Refusal {
  const { document, anchor, role } = error.context;
  const which = [document, anchor, role].find((one) => typeof one === 'string');
  if (link !== undefined) return { link, which, error };
  if (typeof anchor === 'string') return { link: 'anchor', which, error };
  if (typeof document === 'string') return { link: 'document', which, error };
  return { link: linkOfCode[error.code] ?? 'document', which, error };
}

/** What differs, as sentences that begin with "its". */
export function refusalOfFaults([first = '', ...more]: readonly string[], link: Link): Refusal {
  const error = new VerificationError('SUBJECT_MISMATCH', first, {
    lines: more,
    hint: 'Manifest or evidence was edited: restore both from version control. Or resolve the entry anew: update-manifests.',
  });
  return { link, which: undefined, error };
}

/**
 * The update of one anchor of OpenPGP keys: fetch, check, compare. Nothing is written here.
 *
 * Every source of the anchor has to answer, and with the same keys: who controls one of several can then neither add
 * a key nor hold back a revocation that another one publishes. The revocations that are served count in any case.
 */
import { setList, setOrAddList } from '../../formats/own/edit-pins.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import type { KeyReport } from '../../model/openpgp-key.ts';
import type { KeyChange } from '../../model/trust-review.ts';
import type { Anchor } from '../../verify/anchors/anchor.ts';
import type { OpenpgpPin } from '../../verify/anchors/openpgp.ts';
import { namingDocument } from '../../verify/naming.ts';
import {
  canonicalise,
  prepareFetchedKeys,
  requireSameKeys,
  surveyCopies,
  type KeptKeys,
} from '../../verify/openpgp/fetched-keys.ts';
import { keepRevocations } from '../../verify/openpgp/keep-revocations.ts';
import { appraiseKeyBlock } from '../../verify/openpgp/key-block.ts';
import { parsePin } from '../../verify/openpgp/pin.ts';
import { maxKeyFileBytes, readPublicKeys } from '../../verify/openpgp/read-keys.ts';
import { blankReview, leavingAsIs, type AnchorContext, type AnchorUpdate } from './anchor-update.ts';
import { compareKeys } from './key-changes.ts';
import { decideKeys, pinsToShow, type KeyDecisions } from './key-decisions.ts';

/**
 * Throws UsageError for a file that cannot be read. What is wrong with the anchor is in its review: TransportError;
 * VerificationError `PIN_MISMATCH` where other primaries are served than pinned and accepted, and as
 * `prepareFetchedKeys` does.
 */
export async function updateKeys(anchor: Anchor<OpenpgpPin>, context: AnchorContext): Promise<AnchorUpdate> {
  const { name, pin } = anchor;
  const file = anchor.file(pin.file);
  const before = await readCommitted(file.bytes, pin, context);
  const base = blankReview(anchor);
  const answers = await Promise.allSettled(
    pin.sources.map((url) => context.fetcher.get({ url, maxBytes: maxKeyFileBytes })),
  );
  const copies = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.bytes : []));
  let revocations: AnchorUpdate['revocations'];
  try {
    const kept = await keepRevocations(before.bytes, copies, pin.fingerprints);
    // They are kept also where nothing else of the copies is.
    revocations = kept && { file: { ...file, bytes: kept.bytes }, revoked: kept.revoked };
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    const judged = await judgeFetched(pin, copies, before, context);
    const { keys, bytes, decisions } = judged;
    const { error, needs, accepted } = decisions;
    if (error !== undefined) {
      const review = { ...base, status: 'refused', error, needs, keys, notes: judged.notes } as const;
      return { ...leavingAsIs(review), revocations };
    }
    const isSame = before.bytes !== undefined && Buffer.compare(before.bytes, bytes) === 0;
    const status = isSame && accepted.length === 0 ? 'unchanged' : 'changed';
    const notes = [...before.notes, ...judged.notes, ...notesOf(before, judged, isSame)];
    return {
      ...leavingAsIs({ ...base, status, accepted, keys, notes }),
      files: isSame ? [] : [{ ...file, bytes }],
      revocations,
      pin: accepted.length === 0 ? undefined : newPin(name, pin, decisions),
      asks: [...accepted, ...pin.fingerprints, ...pin.retired],
    };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return { ...leavingAsIs({ ...base, status: 'refused', error }), revocations };
  }
}

interface Judged {
  readonly bytes: Uint8Array;
  readonly keys: readonly KeyChange[];
  readonly decisions: KeyDecisions;
  readonly notes: readonly string[];
}

async function judgeFetched(
  anchor: OpenpgpPin,
  copies: readonly Uint8Array[],
  before: Committed,
  { accept, now }: AnchorContext,
): Promise<Judged> {
  return namingDocument(anchor.sources.join(' and '), async () => {
    const served = await surveyCopies(copies, before.known, now);
    const decisions = decideKeys(anchor, served, accept);
    const { pins, error } = decisions;
    requireSameKeys(served, pins.retired);
    const compared = ({ bytes, keys, notes }: KeptKeys) => ({
      ...{ bytes, keys: compareKeys(before.keys ?? [], keys), decisions },
      notes: [...decisions.notes, ...notes.map((note) => `${note}.`)],
    });
    if (error === undefined) return compared(await prepareFetchedKeys(copies, pins, before.known, now));
    // Who is to accept it has to see it: it is shown as far as it can be judged by its own fingerprints.
    const shown = prepareFetchedKeys(copies, pinsToShow(anchor, served), before.known, now);
    const prepared = await shown.catch(ignoreRefusal);
    if (prepared !== undefined) return compared(prepared);
    return { bytes: new Uint8Array(), keys: [], decisions, notes: decisions.notes };
  });
}

function notesOf(before: Committed, { decisions, keys }: Judged, isSame: boolean): readonly string[] {
  const notes: string[] = [];
  if (!isSame && before.keys !== undefined && keys.every(({ change }) => change === 'none')) {
    notes.push('For verification the keys are the same: only their file is written anew.');
  }
  if (decisions.accepted.length > 0) {
    notes.push('Say in pins.yaml ("learnt") and PROVENANCE.md where the new fingerprint was confirmed.');
  }
  return notes;
}

interface Committed {
  readonly bytes: Uint8Array | undefined;
  /** The same, unless nothing can be read out of it: what it says of a key is not forgotten where its pin refuses it. */
  readonly known: Uint8Array | undefined;
  /** Undefined where there is no file, or one that its pin refuses. */
  readonly keys: readonly KeyReport[] | undefined;
  readonly notes: readonly string[];
}

async function readCommitted(
  bytes: Uint8Array | undefined,
  pin: OpenpgpPin,
  { now }: AnchorContext,
): Promise<Committed> {
  if (bytes === undefined) {
    return { bytes, known: undefined, keys: undefined, notes: ['There was no file of these keys yet.'] };
  }
  let known: Uint8Array | undefined;
  try {
    await readPublicKeys(bytes);
    known = bytes;
    await appraiseKeyBlock(bytes, pin, now);
    const { keys } = await appraiseKeyBlock(await canonicalise(bytes), pin, now);
    return { bytes, known, keys, notes: [] };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { bytes, known, keys: undefined, notes: [`The file of before is refused: ${error.message}.`] };
  }
}

function newPin(name: string, before: OpenpgpPin, { pins }: KeyDecisions): AnchorUpdate['pin'] {
  const { fingerprints, retired } = pins;
  const path = (field: string) => ['anchors', name, field];
  const anchor: OpenpgpPin = { ...before, fingerprints: [...fingerprints], retired: [...retired] };
  return {
    anchor,
    edit: (text) => {
      const edited = setList(text, path('fingerprints'), fingerprints, parsePin);
      if (retired.length === before.retired.length) return edited;
      return setOrAddList(edited, path('retired'), 'fingerprints', retired, parsePin);
    },
  };
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof VerificationError)) throw error;
}

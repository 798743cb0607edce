/**
 * The update of one anchor of OpenPGP keys: fetch, check, compare. Nothing is written here.
 *
 * Every source of the anchor has to answer, and with the same keys: who controls one of several can then neither add
 * a key nor hold back a revocation that another one publishes.
 */
import { setList } from '../formats/edit-pins.ts';
import type { OpenpgpAnchor } from '../formats/trust-pins.ts';
import { AssayError, VerificationError } from '../model/errors.ts';
import type { KeyReport } from '../model/openpgp-key.ts';
import { namingDocument } from '../verify/naming.ts';
import { canonicalise, prepareFetchedKeys, primariesOf } from '../verify/openpgp/fetched-keys.ts';
import { appraiseKeyBlock, primariesMismatch } from '../verify/openpgp/key-block.ts';
import { parsePin } from '../verify/openpgp/pin.ts';
import type { KeyChange } from '../model/trust-review.ts';
import { refusedAnchor, type AnchorContext, type AnchorUpdate } from './anchor-update.ts';
import { compareKeys } from './key-changes.ts';
import { fetchKeyFiles } from './trust.ts';

/**
 * Throws UsageError for files that cannot be read. What is wrong with the anchor is in its review: TransportError;
 * VerificationError `PIN_MISMATCH` where other primaries are served than pinned and accepted, and as
 * `prepareFetchedKeys` does.
 */
export async function updateKeys(
  name: string,
  anchor: OpenpgpAnchor,
  context: AnchorContext,
): Promise<AnchorUpdate> {
  const file = `${context.trustDir}/${anchor.file}`;
  const before = await readCommitted(file, anchor, context);
  const base = { name, type: 'openpgp', file, needs: [], accepted: [], notes: [], keys: [] } as const;
  try {
    const judged = await judgeFetched(anchor, before, context);
    const isSame = before.bytes !== undefined && Buffer.compare(before.bytes, judged.bytes) === 0;
    const { keys, accepted, error, needs } = judged;
    if (error !== undefined) return refusedAnchor({ ...base, status: 'refused', error, needs, keys });
    const status = isSame && accepted.length === 0 ? 'unchanged' : 'changed';
    return {
      review: {
        ...base,
        status,
        accepted,
        keys,
        notes: notesOf(before, judged, isSame, needless(anchor, judged, context)),
      },
      files: isSame ? [] : [{ path: file, bytes: judged.bytes }],
      memory: [],
      pin: accepted.length === 0 ? undefined : newPin(name, anchor, judged.served),
      asks: [...accepted, ...anchor.fingerprints],
      expiring: [],
    };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return refusedAnchor({ ...base, status: 'refused', error });
  }
}

interface Judged {
  readonly served: readonly string[];
  readonly bytes: Uint8Array;
  readonly keys: readonly KeyChange[];
  readonly accepted: readonly string[];
  /** Where something is still to be accepted. */
  readonly error?: VerificationError;
  readonly needs: readonly string[];
}

async function judgeFetched(
  anchor: OpenpgpAnchor,
  before: Committed,
  { fetcher, accept, now }: AnchorContext,
): Promise<Judged> {
  const copies = await fetchKeyFiles(anchor.sources, fetcher);
  const source = anchor.sources.join(' and ');
  return namingDocument(source, async () => {
    const served = await primariesOf(copies);
    const error = primariesMismatch(served, new Set(anchor.fingerprints));
    const decisions = differences(anchor.fingerprints, served);
    const needs = decisions.filter((fingerprint) => !accept.has(fingerprint));
    const known = before.keys === undefined ? undefined : before.bytes;
    const prepared = prepareFetchedKeys(copies, served, known, now);
    if (error === undefined || needs.length === 0) {
      const { bytes, keys } = await prepared;
      return { served, bytes, keys: compareKeys(before.keys ?? [], keys), accepted: decisions, needs };
    }
    // Who is to accept it has to see it: it is shown as far as it can be judged by its own fingerprints.
    const { bytes, keys } = (await prepared.catch(ignoreRefusal)) ?? {
      bytes: new Uint8Array(),
      keys: undefined,
    };
    const changes = keys === undefined ? [] : compareKeys(before.keys ?? [], keys);
    return { served, bytes, keys: changes, accepted: [], error, needs };
  });
}

/** What was named with `--accept` and changes nothing: a key that was to go, maybe, and is served still. */
function needless({ fingerprints }: OpenpgpAnchor, { served }: Judged, { accept }: AnchorContext) {
  return fingerprints.filter((fingerprint) => accept.has(fingerprint) && served.includes(fingerprint));
}

function notesOf(
  before: Committed,
  { accepted, keys }: Judged,
  isSame: boolean,
  needless: readonly string[],
): readonly string[] {
  const notes = [
    ...before.notes,
    ...needless.map((one) => `${one} is pinned and still served: it stays, there was nothing to accept.`),
  ];
  if (!isSame && before.keys !== undefined && keys.every(({ change }) => change === 'none')) {
    notes.push('For verification the keys are the same: only their file is written anew.');
  }
  if (accepted.length > 0) {
    notes.push('Say in pins.yaml ("learnt") and PROVENANCE.md where the new fingerprint was confirmed.');
  }
  return notes;
}

interface Committed {
  readonly bytes: Uint8Array | undefined;
  /** Undefined where there is no file, or one that its pin refuses. */
  readonly keys: readonly KeyReport[] | undefined;
  readonly notes: readonly string[];
}

/** A file that its pin refuses counts as none: it says nothing of what was known. */
async function readCommitted(
  file: string,
  { fingerprints }: OpenpgpAnchor,
  { files, now }: AnchorContext,
): Promise<Committed> {
  const bytes = await files.read(file);
  if (bytes === undefined) return { bytes, keys: undefined, notes: ['There was no file of these keys yet.'] };
  try {
    await appraiseKeyBlock(bytes, fingerprints, now);
    return { bytes, keys: await appraiseKeyBlock(await canonicalise(bytes), fingerprints, now), notes: [] };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { bytes, keys: undefined, notes: [`The file of before is refused: ${error.message}.`] };
  }
}

/** What a person has to decide: every primary that is served and not pinned, or pinned and not served. */
function differences(pinned: readonly string[], served: readonly string[]): readonly string[] {
  const added = served.filter((fingerprint) => !pinned.includes(fingerprint));
  const missing = pinned.filter((fingerprint) => !served.includes(fingerprint));
  return [...added, ...missing];
}

/** What stays pinned keeps its place. */
function newPin(name: string, anchor: OpenpgpAnchor, served: readonly string[]): AnchorUpdate['pin'] {
  const kept = anchor.fingerprints.filter((fingerprint) => served.includes(fingerprint));
  const fingerprints = [...kept, ...served.filter((fingerprint) => !kept.includes(fingerprint))];
  return {
    anchor: { ...anchor, fingerprints },
    edit: (text) => setList(text, ['anchors', name, 'fingerprints'], fingerprints, parsePin),
  };
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof VerificationError)) throw error;
}

/**
 * Refreshes the trust anchors: fetch, check, compare, and then write all that changed, or nothing at all. Only an anchor
 * that waits for a person stays as it is and keeps nothing of the others back.
 *
 * Nothing that a server says changes what is trusted: primaries, and whatever else an anchor is pinned by, change
 * only where a person names the new value (`--accept`), and pins.yaml then changes in the same step as the files that
 * it pins. Before that step the outcome is checked as every later run will check it.
 */
import { isDeepStrictEqual } from 'node:util';
import { updateProvenance, type ProvenanceRow } from '../../formats/own/provenance.ts';
import { decodeUtf8 } from '../../formats/text/utf8.ts';
import { digestHex } from '../../model/digest.ts';
import { PolicyError, UsageError } from '../../model/errors.ts';
import type { Fetcher, FileStore } from '../../model/ports.ts';
import type { AnchorReview } from '../../model/trust-review.ts';
import type { Anchor, AnchorPin, TrustFile } from '../../verify/anchors/anchor.ts';
import { openpgpKeys } from '../../verify/anchors/openpgp.ts';
import { sigstoreRoot } from '../../verify/anchors/sigstore.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import { digestOf } from '../../verify/digest.ts';
import { provenanceName, selectAnchors, withFiles } from './anchors.ts';
import { leavingAsIs, type AnchorContext, type AnchorUpdate, type ChangedFile } from './anchor-update.ts';
import { checkAnchor, checkTrust } from './check-trust.ts';
import { updateKeys } from './update-keys.ts';
import { updateTrustedRoot } from './update-trusted-root.ts';

/** How news of a kind of anchor are fetched and judged, by its type. Of any other kind a person changes files and pin. */
const updaters: Readonly<
  Record<string, (anchor: Anchor<never>, context: AnchorContext) => Promise<AnchorUpdate>>
> = { [openpgpKeys.type]: updateKeys, [sigstoreRoot.type]: updateTrustedRoot };

export interface UpdateTrustInput {
  readonly trust: Trust;
  /** Where it is written to. */
  readonly files: FileStore;
  readonly fetcher: Fetcher;
  readonly now: Date;
  /** Names of anchors; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** In the form of `AnchorReview.needs`. */
  readonly accept: readonly string[];
  /** False to look without writing. */
  readonly write: boolean;
}

export interface UpdateTrustResult {
  readonly reviews: readonly AnchorReview[];
  /**
   * Paths of the files that differ from what they are to be: written, if asked to. If an anchor is refused, and not only
   * waiting for a person, those alone that have new revocations.
   */
  readonly changed: readonly string[];
}

/**
 * Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`, `FILE_UNWRITABLE`, and `USAGE` for an anchor that there is not
 * and an `accept` that nothing, or more than one anchor, asked for. What is wrong with an anchor is in its review.
 */
export async function updateTrust(input: UpdateTrustInput): Promise<UpdateTrustResult> {
  const { trust, files } = input;
  const context: AnchorContext = { ...input, accept: new Set(input.accept) };
  const updates = await Promise.all(
    selectAnchors(trust, input.only).map(async (anchor): Promise<AnchorUpdate> => {
      const update = updaters[anchor.kind.type];
      if (update !== undefined) return update(anchor as Anchor<never>, context);
      return leavingAsIs(await checkAnchor(anchor, context.now));
    }),
  );
  const reviews = updates.map(({ review }) => review);
  const isHeld = reviews.some(({ error }) => error !== undefined && !(error instanceof PolicyError));
  let changes: readonly ChangedFile[];
  if (isHeld) {
    changes = revocationFiles(updates, trust);
  } else {
    checkAccepted(input.accept, updates);
    changes = allFiles(updates, trust);
    await checkOutcome(changes, updates, input);
  }
  if (input.write && changes.length > 0) await files.replaceAll(changes);
  const changed = changes.map(({ path }) => path);
  return { reviews: isHeld ? updates.map(reviewOfHeld) : reviews, changed };
}

/** What a revocation says is the key's own word, and can only take away: it waits for nobody, and for no other anchor. */
function revocationFiles(updates: readonly AnchorUpdate[], trust: Trust): readonly ChangedFile[] {
  const found = updates.flatMap(({ review, revocations }) =>
    revocations === undefined ? [] : [{ review, files: [revocations.file] }],
  );
  // A page that cannot be kept in step is a matter of its own.
  const page = provenanceFile(found, trust) ?? [];
  return [...found.flatMap((one) => one.files), ...page];
}

function reviewOfHeld({ review, revocations }: AnchorUpdate): AnchorReview {
  if (revocations === undefined) return review;
  const note = `Kept, whatever else is refused: the revocation of ${revocations.revoked.join(' and of ')}.`;
  return { ...review, notes: [note, ...review.notes] };
}

/** A slip of the pen must not pass for a decision. */
function checkAccepted(accept: readonly string[], updates: readonly AnchorUpdate[]): void {
  for (const named of accept) {
    const takers = updates
      .filter(({ review }) => review.accepted.includes(named))
      .map(({ review }) => review.name);
    if (takers.length > 1) {
      throw new UsageError('USAGE', `--accept ${named} would change ${takers.join(' and ')}`, {
        hint: 'A key is accepted for one anchor at a time: name it with --only.',
      });
    }
    if (!updates.some(({ asks }) => asks.includes(named))) {
      throw new UsageError('USAGE', `--accept ${named}: no anchor asks for it`, {
        hint: 'Run update-trust without it: what has to be accepted is said there.',
      });
    }
  }
}

/**
 * Key files first, then what names them: a run that is killed between two of these writes leaves files that their pins
 * refuse or that the pins accept, and never a pin without its key.
 */
function allFiles(updates: readonly AnchorUpdate[], trust: Trust): readonly ChangedFile[] {
  const changed = updates.flatMap((update) => [...update.files, ...update.memory]);
  const provenance = provenanceFile(updates, trust);
  if (provenance === undefined) {
    throw new UsageError(
      'TRUST_INVALID',
      `${trust.file(provenanceName).path} has no table of anchors, files and digests`,
      { hint: 'Restore its table (anchor, file, sha256 of the file), or remove the page.' },
    );
  }
  if (updates.every(({ pin }) => pin === undefined)) return [...changed, ...provenance];
  const text = textOf(trust.pinsFile);
  const edited = updates.reduce((so, { pin }) => pin?.edit(so) ?? so, text);
  const pinsFile = edited === text ? [] : [{ ...trust.pinsFile, bytes: Buffer.from(edited) }];
  return [...changed, ...provenance, ...pinsFile];
}

/** A trust directory without the page needs none. Undefined for a page without its table. */
function provenanceFile(
  updates: readonly Pick<AnchorUpdate, 'review' | 'files'>[],
  trust: Trust,
): readonly ChangedFile[] | undefined {
  const page = trust.file(provenanceName);
  const rows = updates.flatMap(({ review, files }) =>
    files.map(({ name, bytes }): ProvenanceRow => {
      return { anchor: review.name, file: name, sha256: digestHex(digestOf('sha256', bytes)) };
    }),
  );
  if (page.bytes === undefined || rows.length === 0) return [];
  const text = textOf(page);
  const updated = updateProvenance(text, rows);
  if (updated === undefined) return undefined;
  return updated === text ? [] : [{ ...page, bytes: Buffer.from(updated) }];
}

function textOf({ bytes = new Uint8Array(), path }: TrustFile): string {
  return decodeUtf8(bytes, path, 'TRUST_INVALID');
}

/** The outcome as it will be found on disk: pins that parse, are what was decided, and accept their files. */
async function checkOutcome(
  changes: readonly ChangedFile[],
  updates: readonly AnchorUpdate[],
  { trust, now }: UpdateTrustInput,
): Promise<void> {
  const outcome = withFiles(trust, changes);
  const wanted = pinsOf(trust);
  for (const { review, pin } of updates) if (pin !== undefined) wanted.set(review.name, pin.anchor);
  if (!isDeepStrictEqual(pinsOf(outcome), wanted)) {
    throw new UsageError(
      'TRUST_INVALID',
      `${trust.pinsFile.path} is not written as its pins can be changed`,
      {
        hint: 'Write the anchors as plain lists and values, without aliases, or change the pins by hand.',
      },
    );
  }
  const taken = updates.filter(({ review }) => review.status !== 'refused').map(({ review }) => review.name);
  for (const { name, error } of await checkTrust(outcome, now)) {
    if (error !== undefined && taken.includes(name)) throw error;
  }
}

function pinsOf({ anchors }: Trust): Map<string, AnchorPin> {
  return new Map([...anchors].map(([name, { pin }]) => [name, pin]));
}

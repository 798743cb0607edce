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
import type { TrustPins } from '../../formats/own/trust-pins.ts';
import { decodeUtf8 } from '../../formats/text/utf8.ts';
import { digestHex } from '../../model/digest.ts';
import { PolicyError, UsageError } from '../../model/errors.ts';
import type { Fetcher, FileContent, FileStore } from '../../model/ports.ts';
import type { AnchorReview, Expiring } from '../../model/trust-review.ts';
import { digestOf } from '../../verify/digest.ts';
import type { AnchorContext, AnchorUpdate } from './anchor-update.ts';
import { checkTrust } from './check-trust.ts';
import { selectAnchors } from './select-anchors.ts';
import { pinsFileOf, readPins } from './anchors.ts';
import { updateKeys } from './update-keys.ts';
import { updateTrustedRoot } from './update-trusted-root.ts';

export interface UpdateTrustInput {
  readonly trustDir: string;
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
  readonly expiring: readonly Expiring[];
}

/**
 * Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`, `FILE_UNWRITABLE`, and `USAGE` for an anchor that there is not
 * and an `accept` that nothing, or more than one anchor, asked for. What is wrong with an anchor is in its review.
 */
export async function updateTrust(input: UpdateTrustInput): Promise<UpdateTrustResult> {
  const { trustDir, files, only } = input;
  const pins = await readPins(trustDir, files);
  const context: AnchorContext = { ...input, accept: new Set(input.accept) };
  const selected = selectAnchors(pins.anchors, only, trustDir);
  const updates = await Promise.all(
    selected.map((name) => {
      const anchor = pins.anchors[name];
      if (anchor === undefined) throw new TypeError(`no anchor ${name}`);
      return anchor.type === 'openpgp'
        ? updateKeys(name, anchor, context)
        : updateTrustedRoot(name, anchor, context);
    }),
  );
  const reviews = updates.map(({ review }) => review);
  const expiring = updates.flatMap((update) => update.expiring);
  const isHeld = reviews.some(({ error }) => error !== undefined && !(error instanceof PolicyError));
  let changes: readonly FileContent[];
  if (isHeld) {
    changes = await revocationFiles(updates, input);
  } else {
    checkAccepted(input.accept, updates);
    changes = await allFiles(updates, input);
    await checkOutcome(changes, updates, pins, input);
  }
  if (input.write && changes.length > 0) await files.replaceAll(changes);
  const changed = changes.map(({ path }) => path);
  return { reviews: isHeld ? updates.map(reviewOfHeld) : reviews, changed, expiring };
}

/** What a revocation says is the key's own word, and can only take away: it waits for nobody, and for no other anchor. */
async function revocationFiles(
  updates: readonly AnchorUpdate[],
  { trustDir, files }: UpdateTrustInput,
): Promise<readonly FileContent[]> {
  const found = updates.flatMap(({ review, revocations }) =>
    revocations === undefined ? [] : [{ review, files: [revocations.file] }],
  );
  // A page that cannot be kept in step is a matter of its own.
  const page = (await provenanceFile(found, trustDir, files)) ?? [];
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
async function allFiles(
  updates: readonly AnchorUpdate[],
  { trustDir, files }: UpdateTrustInput,
): Promise<readonly FileContent[]> {
  const changed = updates.flatMap((update) => [...update.files, ...update.memory]);
  const provenance = await provenanceFile(updates, trustDir, files);
  if (provenance === undefined) {
    throw new UsageError(
      'TRUST_INVALID',
      `${provenanceOf(trustDir)} has no table of anchors, files and digests`,
      { hint: 'Restore its table (anchor, file, sha256 of the file), or remove the page.' },
    );
  }
  if (updates.every(({ pin }) => pin === undefined)) return [...changed, ...provenance];
  const path = pinsFileOf(trustDir);
  const text = await readText(path, files);
  if (text === undefined) throw new UsageError('FILE_UNREADABLE', `${path} does not exist`);
  const edited = updates.reduce((so, { pin }) => pin?.edit(so) ?? so, text);
  const pinsFile = edited === text ? [] : [{ path, bytes: Buffer.from(edited) }];
  return [...changed, ...provenance, ...pinsFile];
}

/** A trust directory without the page needs none. Undefined for a page without its table. */
async function provenanceFile(
  updates: readonly Pick<AnchorUpdate, 'review' | 'files'>[],
  trustDir: string,
  files: FileStore,
): Promise<readonly FileContent[] | undefined> {
  const path = provenanceOf(trustDir);
  const text = await readText(path, files);
  const rows = updates.flatMap(({ review, files: changed }) =>
    changed.map(({ path: changedPath, bytes }): ProvenanceRow => {
      const file = changedPath.slice(trustDir.length + 1);
      return { anchor: review.name, file, sha256: digestHex(digestOf('sha256', bytes)) };
    }),
  );
  if (text === undefined || rows.length === 0) return [];
  const updated = updateProvenance(text, rows);
  if (updated === undefined) return undefined;
  return updated === text ? [] : [{ path, bytes: Buffer.from(updated) }];
}

function provenanceOf(trustDir: string): string {
  return `${trustDir}/PROVENANCE.md`;
}

async function readText(path: string, files: FileStore): Promise<string | undefined> {
  const bytes = await files.read(path);
  return bytes === undefined ? undefined : decodeUtf8(bytes, path, 'TRUST_INVALID');
}

/** The outcome as it will be found on disk: pins that parse, are what was decided, and accept their files. */
async function checkOutcome(
  changes: readonly FileContent[],
  updates: readonly AnchorUpdate[],
  pins: TrustPins,
  input: UpdateTrustInput,
): Promise<void> {
  const { trustDir, files, now } = input;
  const byPath = new Map(changes.map(({ path, bytes }) => [path, bytes]));
  const overlay: FileStore = {
    read: (path) => {
      const bytes = byPath.get(path);
      return bytes === undefined ? files.read(path) : Promise.resolve(bytes);
    },
    replaceAll: () => Promise.reject(new TypeError('an overlay is only read')),
  };
  const decided = updates.flatMap(({ review, pin }) =>
    pin === undefined ? [] : [[review.name, pin.anchor] as const],
  );
  const wanted: TrustPins['anchors'] = { ...pins.anchors, ...Object.fromEntries(decided) };
  if (!isDeepStrictEqual({ ...(await readPins(trustDir, overlay)).anchors }, wanted)) {
    throw new UsageError(
      'TRUST_INVALID',
      `${pinsFileOf(trustDir)} is not written as its pins can be changed`,
      {
        hint: 'Write the anchors as plain lists and values, without aliases, or change the pins by hand.',
      },
    );
  }
  const taken = updates.filter(({ review }) => review.status !== 'refused').map(({ review }) => review.name);
  for (const report of await checkTrust(trustDir, overlay, now)) {
    if (report.status === 'refused' && taken.includes(report.name)) throw report.error;
  }
}

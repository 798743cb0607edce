/** The review of the trust anchors for machines: one JSON document. */
import type { DocumentOf } from '../formats/own/documents/documents.ts';
import type { KeyReport, SubkeyReport } from '../model/openpgp-key.ts';
import type { AnchorReview, Expiring, KeyChange, RootReview } from '../model/trust-review.ts';
import { daysUntil } from './trust-review.ts';

type UpdateDocument = DocumentOf<'update-trust'>;

/** Of a key as it is; dates are ISO 8601, null for never. */
export function keyDocument(key: KeyReport, now: Date): DocumentOf<'verify-keys'>['keys'][number] {
  const { fingerprint, status, userIds, signingSubkeys } = key;
  return {
    fingerprint,
    ...algorithmDocument(key, now),
    status,
    userIds,
    signingSubkeys: signingSubkeys.map((subkey) => subkeyDocument(subkey, now)),
  };
}

/** Without its error, which is for the command to put in. */
export function anchorDocument(
  review: AnchorReview,
  now: Date,
): Omit<UpdateDocument['anchors'][number], 'error'> {
  const { name, type, file, status, needs, accepted, notes, keys, root, holds } = review;
  const changes = keys.map((key) => changeDocument(key, now));
  const rest = root === undefined ? {} : { trustedRoot: rootDocument(root, now) };
  const lines = holds === undefined ? {} : { holds };
  return { name, type, file, status, needs, accepted, notes, keys: changes, ...rest, ...lines };
}

export function expiringDocument(
  { anchor, what, id, expires }: Expiring,
  now: Date,
): UpdateDocument['expiring'][number] {
  return { anchor, what, id, expires: expires.toISOString(), expiresInDays: daysUntil(expires, now) };
}

/** The key as it is to be (as it was, if it goes), and what is other than it was. */
function changeDocument({ change, before, after }: KeyChange, now: Date) {
  const key = after ?? before;
  if (key === undefined) throw new TypeError('a change of no key');
  const names = (report: KeyReport | undefined) => report?.signingSubkeys.map((one) => one.fingerprint) ?? [];
  return {
    change,
    ...keyDocument(key, now),
    changes: {
      expiresBefore: before === undefined ? undefined : (before.expires?.toISOString() ?? null),
      userIds: listChanges(before?.userIds ?? [], after?.userIds ?? []),
      signingSubkeys: listChanges(names(before), names(after)),
    },
  };
}

/** Dates become ISO 8601 when it is printed. */
function rootDocument({ entries, changes, tufRoots }: RootReview, now: Date) {
  return {
    tufRoots: tufRoots.map(({ version, digest, expires, keyIds, threshold, changes: signers }) => ({
      ...{ version, digest, expires, expiresInDays: daysUntil(expires, now), keyIds, threshold },
      changes: signers,
    })),
    entries,
    changes,
  };
}

function listChanges(before: readonly string[], after: readonly string[]) {
  return {
    added: after.filter((one) => !before.includes(one)),
    removed: before.filter((one) => !after.includes(one)),
  };
}

function subkeyDocument(subkey: SubkeyReport, now: Date) {
  return {
    fingerprint: subkey.fingerprint,
    ...algorithmDocument(subkey, now),
    revoked: subkey.revoked,
    status: subkey.status,
  };
}

function algorithmDocument(key: Omit<SubkeyReport, 'fingerprint' | 'revoked' | 'status'>, now: Date) {
  const { algorithm, bits, created, expires } = key;
  return {
    algorithm,
    bits: bits ?? null,
    created: created.toISOString(),
    expires: expires?.toISOString() ?? null,
    expiresInDays: expires === undefined ? null : daysUntil(expires, now),
  };
}

/** An anchor's keys before and after, side by side. */
import { isDeepStrictEqual } from 'node:util';
import type { KeyReport } from '../../model/openpgp-key.ts';
import type { AnchorReview, Expiring, KeyChange } from '../../model/trust-review.ts';

/** Those that stay or come in the order of `after`, then those that go. */
export function compareKeys(before: readonly KeyReport[], after: readonly KeyReport[]): readonly KeyChange[] {
  const stays = after.map((key): KeyChange => {
    const old = before.find(({ fingerprint }) => fingerprint === key.fingerprint);
    const change = old === undefined ? 'added' : isDeepStrictEqual(old, key) ? 'none' : 'changed';
    return { fingerprint: key.fingerprint, change, before: old, after: key };
  });
  const goes = before
    .filter(({ fingerprint }) => !after.some((key) => key.fingerprint === fingerprint))
    .map((key): KeyChange => ({
      fingerprint: key.fingerprint,
      change: 'removed',
      before: key,
      after: undefined,
    }));
  return [...stays, ...goes];
}

/**
 * The keys of an anchor that expire within `withinMs` of `now`, the next one first. Not those that have expired: they
 * vouch for nothing already, and an anchor that has no other key is refused. Of a refused anchor, the keys that stay.
 */
export function expiringKeys(
  { name, status, keys }: AnchorReview,
  now: Date,
  withinMs: number,
): readonly Expiring[] {
  const isSoon = (time: Date | undefined): time is Date =>
    time !== undefined && time > now && time.getTime() <= now.getTime() + withinMs;
  const found: Expiring[] = [];
  for (const { before, after } of keys) {
    const key = status === 'refused' ? before : after;
    if (key === undefined) continue;
    const { fingerprint, expires, signingSubkeys } = key;
    if (isSoon(expires)) found.push({ anchor: name, what: 'key', id: fingerprint, expires });
    for (const subkey of signingSubkeys) {
      if (subkey.revoked || !isSoon(subkey.expires)) continue;
      found.push({ anchor: name, what: 'signing subkey', id: subkey.fingerprint, expires: subkey.expires });
    }
  }
  return found.toSorted((a, b) => a.expires.getTime() - b.expires.getTime());
}

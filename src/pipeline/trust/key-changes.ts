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

/** People renew their keys at leisure. */
const noticeDays = 60;

/** The keys of an anchor that expire at all, the next one first. Of a refused anchor, the keys that stay. */
export function expiringKeys({ name, status, keys }: AnchorReview): readonly Expiring[] {
  const found: Expiring[] = [];
  for (const { before, after } of keys) {
    const key = status === 'refused' ? before : after;
    if (key === undefined) continue;
    const { fingerprint, expires, signingSubkeys } = key;
    if (expires !== undefined)
      found.push({ anchor: name, what: 'key', id: fingerprint, expires, noticeDays });
    for (const subkey of signingSubkeys) {
      const { fingerprint: id, revoked, expires: end } = subkey;
      if (revoked || end === undefined) continue;
      found.push({ anchor: name, what: 'signing subkey', id, expires: end, noticeDays });
    }
  }
  return found.toSorted((a, b) => a.expires.getTime() - b.expires.getTime());
}

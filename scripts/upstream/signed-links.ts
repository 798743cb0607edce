/** URLs with a query that expires, as storage gives them out in place of a password (presigned, shared access). */
import { createHmac, randomBytes } from 'node:crypto';

export interface SignedLinks {
  /** The query for a path, from now on for as long as such links last. */
  sign(path: string): string;
  isGood(path: string, query: URLSearchParams): boolean;
}

/** By storage's own clock. */
export function createSignedLinks(lifetimeMs: number, now: () => number): SignedLinks {
  const secret = randomBytes(32);
  const signatureOf = (path: string, expires: string) =>
    createHmac('sha256', secret).update(`${expires} ${path}`).digest('base64url');
  return {
    sign(path) {
      const se = new Date(now() + lifetimeMs).toISOString();
      return new URLSearchParams({ sp: 'r', se, sig: signatureOf(path, se) }).toString();
    },
    isGood(path, query) {
      const expires = query.get('se') ?? '';
      return query.get('sig') === signatureOf(path, expires) && now() < Date.parse(expires);
    },
  };
}

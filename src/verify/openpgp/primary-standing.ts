/** What a primary key and its signing subkeys are worth together, and the refusal of one that is worth nothing. */
import type { PublicKey, Subkey } from 'openpgp';
import { VerificationError, type VerificationCode } from '../../model/errors.ts';
import type { KeyFlaw } from '../../model/openpgp-key.ts';
import { appraiseKey, type KeyStanding } from './appraise-key.ts';
import { authenticOf, bindingClaims, marksForSigning } from './own-signatures.ts';

/** From the best that the parts of a key can be to the worst, the most telling first; what is none of them is unbound. */
const flaws = ['expired', 'revoked', 'weak', 'from-future', 'weakly-bound'] as const;

/** The standing of its best part. Where none is usable, `why` tells of each of them. */
export async function appraisePrimary(key: PublicKey, now: Date): Promise<KeyStanding> {
  const subkeys = await signingSubkeys(key);
  const standings: KeyStanding[] = [];
  for (const candidate of [key, ...subkeys]) standings.push(await appraiseKey(key, candidate, now));
  const lacking = standings.filter((standing) => standing.kind !== 'usable');
  if (lacking.length < standings.length) return { kind: 'usable' };
  // A primary that is weak, revoked or from the future is so in every one of these.
  const kind = flaws.find((flaw) => lacking.some((standing) => standing.kind === flaw)) ?? 'unbound';
  // That a primary which has signing subkeys does not sign itself is no flaw.
  const telling = lacking.filter(
    (standing, index) => index > 0 || kind === 'unbound' || standing.kind !== 'unbound',
  );
  return { kind, why: [...new Set(telling.map(({ why }) => why))].join('; ') };
}

/** The subkeys that the primary marked for signing, whatever has become of them. */
export async function signingSubkeys(key: PublicKey): Promise<Subkey[]> {
  const found: Subkey[] = [];
  for (const subkey of key.subkeys) {
    if ((await authenticOf(bindingClaims(key, subkey), key)).some(marksForSigning)) found.push(subkey);
  }
  return found;
}

const refusals: Readonly<Record<KeyFlaw, readonly [code: VerificationCode, hint: string]>> = {
  weak: [
    'ALGORITHM_REFUSED',
    'RSA of 2048 bits or more, Ed25519, Ed448 and ECDSA on a NIST curve are taken: ask the publisher.',
  ],
  'from-future': [
    'METADATA_FROM_FUTURE',
    'Is the clock right? Nobody can have confirmed a key that was not made yet.',
  ],
  revoked: [
    'SIGNER_UNTRUSTED',
    'Pin its successor: update-trust --accept takes a new key, and moves one that is lost to `retired` in the pins.',
  ],
  expired: ['SIGNER_UNTRUSTED', 'Ask the publisher for the renewed key.'],
  'weakly-bound': [
    'SIGNER_UNTRUSTED',
    'Ask the publisher for a copy with signatures of the key by SHA-256 or better.',
  ],
  unbound: [
    'SIGNER_UNTRUSTED',
    'Neither it nor a subkey of it is marked for signing by signatures that count: its own, and the consent of a ' +
      'subkey. Ask the publisher for a renewed copy.',
  ],
};

export type FlawedStanding = Extract<KeyStanding, { readonly kind: KeyFlaw }>;

export function refusalOfPrimary({ kind, why }: FlawedStanding): VerificationError {
  const [code, hint] = refusals[kind];
  return new VerificationError(code, why, { hint, context: { reason: kind } });
}

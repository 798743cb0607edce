/** What a key is worth by all of its parts, and as what one is refused that is worth nothing. */
import { enums, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import type { KeyFlaw } from '../../../../src/model/openpgp-key.ts';
import { appraisePrimary, refusalOfPrimary } from '../../../../src/verify/openpgp/primary-standing.ts';
import { certifyOnly, selfSignedWith } from '../../../support/odd-keys.ts';
import { makeKey, revoke } from '../../../support/openpgp.ts';

const now = new Date('2026-11-20T12:00:00Z');
const year = 365 * 86_400;

describe('appraisePrimary', () => {
  const revoked = async (key: PrivateKey) => {
    await revoke(key);
    return key;
  };
  const unmarked = { keyFlags: new Uint8Array([enums.keyFlags.certifyKeys]) };

  it.each<[KeyFlaw | 'usable', () => Promise<PrivateKey>]>([
    ['usable', () => makeKey()],
    ['usable', () => certifyOnly()],
    ['expired', () => makeKey({ lifetime: year })],
    ['expired', () => certifyOnly({}, year)],
    ['revoked', async () => revoked(await certifyOnly())],
    ['weak', () => makeKey({ type: 'rsa', rsaBits: 1024 })],
    ['from-future', () => makeKey({ created: new Date('2027-01-01T00:00:00Z') })],
    ['weakly-bound', () => selfSignedWith(enums.hash.sha1)],
    ['unbound', () => selfSignedWith(enums.hash.sha256, unmarked)],
  ])('is %s', async (kind, make) => {
    expect(await appraisePrimary((await make()).toPublic(), now)).toMatchObject({ kind });
  });
});

it.each<[KeyFlaw, string]>([
  ['weak', 'ALGORITHM_REFUSED'],
  ['from-future', 'METADATA_FROM_FUTURE'],
  ['revoked', 'SIGNER_UNTRUSTED'],
  ['expired', 'SIGNER_UNTRUSTED'],
  ['weakly-bound', 'SIGNER_UNTRUSTED'],
  ['unbound', 'SIGNER_UNTRUSTED'],
])('a key that is %s is refused with %s', (kind, code) => {
  expect(refusalOfPrimary({ kind, why: 'it is so' })).toMatchObject({
    ...{ code, message: 'it is so', context: { reason: kind } },
  });
});

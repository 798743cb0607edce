/** What only claims to be verified is refused, by the compiler and at run time. */
import { describe, expect, it } from 'vitest';
import { assertMinted, type Minted } from '../../../src/model/minted.ts';
import type { VerificationResult, Verified } from '../../../src/model/verification.ts';
import { mintVerified } from '../../../src/verify/mint.ts';
import { forgeries } from '../../support/forgeries.ts';

const result: VerificationResult = {
  assurance: 'signed',
  method: 'apt',
  signers: [],
  documents: [],
  verifiedAt: new Date('2026-11-20T12:00:00Z'),
  digest: `sha256:${'0'.repeat(64)}`,
};
const verified = mintVerified('an artifact', result);

describe('assertMinted', () => {
  it('accepts what was minted', () => {
    expect(() => assertMinted(verified, 'Verified')).not.toThrow();
    expect(verified).toMatchObject({ subject: 'an artifact', result });
  });

  it.each(forgeries(verified))('refuses %s', (_, forged) => {
    expect(() => assertMinted(forged, 'Verified')).toThrow(TypeError);
  });

  it('refuses what was minted as something else', () => {
    const release: Minted<string> = verified;
    expect(() => assertMinted(release, 'VerifiedRelease')).toThrow('refused: this VerifiedRelease');
  });

  it('what was minted cannot be changed afterwards', () => {
    expect(() => Object.assign(verified, { subject: 'another' })).toThrow(TypeError);
    expect(verified.subject).toBe('an artifact');
  });
});

/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- the linter sees these forgeries as well */
it('the type cannot be written by hand: `make check` fails if this compiles', () => {
  // @ts-expect-error -- a private field is of its class alone
  const forged: Verified<string> = { subject: 'an artifact', result };
  // @ts-expect-error -- a copy has the fields, and not the private one
  const copy: Verified<string> = { ...verified };
  // @ts-expect-error -- another kind of the same class
  const other: Minted<'VerifiedRelease'> = verified;
  for (const one of [forged, copy]) expect(() => assertMinted(one, 'Verified')).toThrow(TypeError);
  expect(() => assertMinted(other, 'VerifiedRelease')).toThrow(TypeError);
});

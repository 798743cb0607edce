/** What only claims to be verified is refused, by the compiler and at run time. */
import { describe, expect, it } from 'vitest';
import type { VerificationResult, Verified } from '../../../src/model/verification.ts';
import { assertGenuine } from '../../../src/verify/genuine.ts';
import { isMinted, mintVerified } from '../../../src/verify/mint.ts';

const result: VerificationResult = {
  assurance: 'signed',
  method: 'apt',
  signers: [],
  documents: [],
  verifiedAt: new Date('2026-11-20T12:00:00Z'),
  digest: `sha256:${'0'.repeat(64)}`,
};

/** Anything can be passed on under another type; the linter refuses a cast to the type itself. */
function claimed(value: unknown): Verified<string> {
  return value as never;
}

describe('assertGenuine', () => {
  it('accepts what was minted', () => {
    const verified = mintVerified('an artifact', result);
    expect(() => assertGenuine(verified)).not.toThrow();
    expect(verified).toMatchObject({ subject: 'an artifact', result });
  });

  it.each([
    ['an object of the right shape', { subject: 'an artifact', result }],
    ['a copy of something genuine', { ...mintVerified('an artifact', result) }],
    ['a clone of something genuine', structuredClone({ subject: 'x', result })],
    ['a descendant of something genuine', Object.create(mintVerified('an artifact', result)) as unknown],
    ['a stand-in for something genuine', new Proxy(mintVerified('an artifact', result), {})],
    ['something empty', {}],
  ])('refuses %s', (_, forged) => {
    expect(() => assertGenuine(claimed(forged))).toThrow(TypeError);
    expect(isMinted(forged as object)).toBe(false);
  });

  it('what was minted cannot be changed afterwards', () => {
    const verified = mintVerified('an artifact', result);
    expect(() => Object.assign(verified, { subject: 'another' })).toThrow(TypeError);
    expect(verified.subject).toBe('an artifact');
  });
});

it('the type cannot be written by hand: `make check` fails if this compiles', () => {
  // @ts-expect-error -- the brand is not exported
  const forged: Verified<string> = { subject: 'an artifact', result };
  expect(isMinted(forged)).toBe(false);
});

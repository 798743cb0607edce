/** Who must have signed, as the catalogue may say it. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { identityShape, sourceDigestSchema } from '../../../../src/verify/methods/identity-spec.ts';

describe('a commit', () => {
  it.each([
    [true, 'a0'.repeat(20)],
    [true, 'a0'.repeat(32)],
    [false, 'a0'.repeat(19)],
    [false, `x${'a0'.repeat(20)}`],
    [false, `${'a0'.repeat(20)}x`],
    [false, 'A0'.repeat(20)],
    [false, 'v1.0.0'],
  ])('%s: %s', (isOne, text) => {
    expect(sourceDigestSchema.safeParse(text).success).toBe(isOne);
  });
});

describe('an identity', () => {
  const schema = z.strictObject(identityShape);
  const issuer = 'https://accounts.example.org';

  it.each([
    [true, 'release@example.org'],
    [true, 'https://example.org/x@refs/tags/v{version}'],
    [false, 'https://example.org/{kind}'],
    [false, 'https://example.org/{os}'],
  ])('%s: %s', (isOne, identity) => {
    expect(schema.safeParse({ identity, issuer }).success).toBe(isOne);
  });

  it('has an issuer', () => {
    expect(schema.safeParse({ identity: 'release@example.org' }).success).toBe(false);
  });
});

/** Waivers are read strictly: one that names nothing must not look like a decision. */
import { describe, expect, it } from 'vitest';
import { checkWaivers, isInForce, waiverSchema, type Waiver } from '../../../../src/formats/own/waivers.ts';
import type { Problem } from '../../../../src/formats/text/problems.ts';

const waiver: Waiver = {
  ...{ entry: 'runc', change: 'assurance', from: 'attested', to: 'signed' },
  ...{ reason: 'upstream has changed its workflow', expires: '2027-01-31' },
};

function problemsOf(...waivers: readonly Waiver[]): readonly Problem[] {
  const problems: Problem[] = [];
  checkWaivers(waivers, ['runc', 'zot'], problems);
  return problems;
}

describe('a waiver', () => {
  it('is whole', () => {
    expect(waiverSchema.parse(waiver)).toEqual(waiver);
    for (const field of Object.keys(waiver)) {
      expect(waiverSchema.safeParse({ ...waiver, [field]: undefined }).success).toBe(false);
    }
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a change that is none', { change: 'version' }],
    ['the same on both sides', { to: 'attested' }],
    ['no reason', { reason: ' ' }],
    ['no day', { expires: '2027-02-30' }],
    ['a time', { expires: '2027-01-31T00:00:00Z' }],
    ['another field', { until: '2027-01-31' }],
    ['a second line', { from: 'a\nb' }],
  ])('is none with %s', (_, change) => {
    expect(waiverSchema.safeParse({ ...waiver, ...change }).success).toBe(false);
  });

  it('is for a dependency of the file, and there once', () => {
    expect(problemsOf(waiver, { ...waiver, entry: 'zot' })).toEqual([]);
    expect(problemsOf({ ...waiver, entry: 'runk' })).toMatchObject([{ path: ['waivers', 0, 'entry'] }]);
    expect(problemsOf(waiver, { ...waiver, expires: '2028-01-01' })).toMatchObject([
      { path: ['waivers', 1] },
    ]);
  });

  it('counts until its last day ends (UTC)', () => {
    expect(isInForce(waiver, new Date('2027-01-31T23:59:59.999Z'))).toBe(true);
    expect(isInForce(waiver, new Date('2027-02-01T00:00:00Z'))).toBe(false);
  });
});

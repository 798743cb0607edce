/** What a judgement tells of itself. */
import { expect, it } from 'vitest';
import { digestChecks, nameOfDigest, sizeUnsigned, Trail } from '../../../src/verify/trail.ts';
import { hexA } from '../../support/judge-checksums.ts';

it.each([
  ['sha256', 'SHA-256'],
  ['sha512', 'SHA-512'],
] as const)('of bytes with a %s, what was compared of them', (algorithm, check) => {
  expect(digestChecks({ digest: `${algorithm}:${hexA}`, sizeBytes: 10 }, 'what the list has')).toEqual([
    { check, value: hexA, against: 'what the list has' },
    { check: 'size', value: '10 bytes', against: 'what the list has' },
  ]);
});

it('leaves open what no proof has said since', () => {
  const trail = new Trail();
  trail.leaves(...sizeUnsigned);
  trail.settles(nameOfDigest);
  trail.leaves(...nameOfDigest);
  expect(trail.unproven.map(({ what }) => what)).toEqual([sizeUnsigned[0], nameOfDigest[0]]);
  trail.settles(nameOfDigest);
  expect(trail.unproven.map(({ what }) => what)).toEqual([sizeUnsigned[0]]);
});

it('tells of the link that breaks, last and with why', async () => {
  const trail = new Trail();
  const [from, to] = [{ anchor: 'tool' }, { role: 'checksums', url: 'https://example.org/SHA256SUMS' }];
  await trail.link(
    { from, to },
    () => 1,
    () => undefined,
  );
  await trail.link(
    { from, to },
    () => 1,
    () => ({ checks: [] }),
  );
  const error = new Error('it does not hold');
  await expect(
    trail.link(
      { from, to },
      () => Promise.reject(error),
      () => ({ checks: [] }),
    ),
  ).rejects.toBe(error);
  expect(trail.links).toEqual([
    { from, to, checks: [] },
    { from, to, checks: [], error },
  ]);
});

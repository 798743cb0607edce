import { expect, it } from 'vitest';
import { largestSizes, requireGrown } from '../../../src/sources/log-memory.ts';
import type { Resolution } from '../../../src/sources/source.ts';

/** As far as it is looked at. */
function resolved(...logSizes: readonly { log: string; size: number }[]): Resolution {
  return { status: 'resolved', verified: { result: { logSizes } } } as unknown as Resolution;
}

const known = new Map([['a - 1', 10]]);

it.each([
  ['larger', [{ log: 'a - 1', size: 11 }]],
  ['the same', [{ log: 'a - 1', size: 10 }]],
  ['of another tree', [{ log: 'a - 2', size: 1 }]],
  ['not asked', []],
])('a log that is %s is no older', (_, sizes) => {
  const resolution = resolved(...sizes);
  expect(requireGrown(resolution, known)).toBe(resolution);
});

it('one that shrank by an entry is, whichever of several it is', () => {
  const sizes = [
    { log: 'b', size: 5 },
    { log: 'a - 1', size: 9 },
  ];
  expect(requireGrown(resolved(...sizes), known)).toMatchObject({
    status: 'failed',
    error: { code: 'METADATA_ROLLBACK', exitCode: 5, context: { before: 10, size: 9 } },
  });
});

it('remembers the largest, and nothing of what was refused', () => {
  const failed = requireGrown(resolved({ log: 'a - 1', size: 9 }), known);
  const largest = largestSizes(known, [
    resolved({ log: 'b', size: 5 }),
    failed,
    resolved({ log: 'b', size: 4 }),
    { status: 'current' },
  ]);
  expect(largest).toEqual(new Map([...known, ['b', 5]]));
});

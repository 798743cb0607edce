import { expect, it } from 'vitest';
import { z } from 'zod';
import { absent, absentAs } from '../../../../src/formats/upstream/protobuf-json.ts';

const schema = z.strictObject({
  needed: z.string(),
  optional: absent(z.strictObject({ inner: absent(z.int()) })),
  listed: absentAs(z.array(z.string()), []),
});

it('null is a field that is absent, at any depth', () => {
  const bare = { needed: 'x', optional: undefined, listed: [] };
  expect(schema.parse({ needed: 'x' })).toEqual(bare);
  expect(schema.parse({ needed: 'x', optional: null, listed: null })).toEqual(bare);
  expect(schema.parse({ needed: 'x', optional: { inner: null } }).optional).toEqual({ inner: undefined });
});

it.each([
  ['what must be there', { needed: null }],
  ['a field that is not known', { needed: 'x', other: null }],
  ['a member of a list', { needed: 'x', listed: [null] }],
  ['another type', { needed: 'x', listed: 'x' }],
])('null does not stand for %s', (_, value) => {
  expect(schema.safeParse(value).success).toBe(false);
});

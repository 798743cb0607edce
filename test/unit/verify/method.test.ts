/** What methods share: files beside an asset, and what is found out once. */
import { expect, it } from 'vitest';
import { beside, once } from '../../../src/verify/method.ts';
import { tool } from '../../support/judge-checksums.ts';

it.each([
  ['SHA256SUMS', 'https://example.org/v1.0.0/SHA256SUMS'],
  ['{asset}.sig', 'https://example.org/v1.0.0/tool-amd64.sig'],
  ['$&-$1', 'https://example.org/v1.0.0/$&-$1'],
])('a file beside an asset: %s', (name, url) => {
  const kind = { role: 'checksums', maxBytes: 9 };
  expect(beside(tool, kind, name)).toEqual({ kind: 'file', ...kind, url });
});

it('is asked once for each key', async () => {
  const memo = new Map<string, Promise<unknown>>();
  let asked = 0;
  const verify = () => Promise.resolve((asked += 1));
  const found = [once(memo, 'a', verify), once(memo, 'a', verify), once(memo, 'b', verify)];
  expect(await Promise.all(found)).toEqual([1, 1, 2]);
});

/** What is trusted where a user has no pins of their own: what stands in trust/, by its pins. */
import { expect, it } from 'vitest';
import { bundledTrust } from '../../../src/commands/shared/bundled-trust.ts';
import { readOwnPart } from '../../../src/io/own-parts.ts';
import { openTrust } from '../../../src/verify/anchors/trust.ts';

it('has the trusted root that is pinned', async () => {
  const trust = openTrust(await bundledTrust(), new Date('2026-11-20T12:00:00Z'));
  await trust.trustedRoot();
  expect(trust.used().map(({ name }) => name)).toEqual(['sigstore']);
});

it('has no part that the program was not released with', () => {
  expect(readOwnPart('trust/none.json')).toBeUndefined();
});

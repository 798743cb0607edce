/** Trust that is given by value, and nothing that was not given. */
import { expect, it } from 'vitest';
import { cosignKey } from '../../../src/verify/anchors/cosign-key.ts';
import { trustOf } from '../../../src/verify/given-trust.ts';
import { trustedRoot } from '../../support/throwaway-sigstore.ts';

it('is what was given', async () => {
  expect(await trustOf({ trustedRoot }).trustedRoot()).toBe(trustedRoot);
});

it('is a mistake to ask for what was not', async () => {
  const none = trustOf({});
  await expect(none.trustedRoot()).rejects.toThrow(TypeError);
  await expect(none.keyring('tool', 'https://example.org')).rejects.toThrow(TypeError);
  await expect(trustOf({ trustedRoot }).material(cosignKey, 'tool')).rejects.toThrow(TypeError);
});

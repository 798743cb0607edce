/** How a catalogue asks for each kind of anchor. */
import { expect, it } from 'vitest';
import { anchorsNamedIn } from '../../../../src/formats/own/catalogue-anchors.ts';
import { anchorKinds } from '../../../../src/verify/anchors/registry.ts';

it.each<[object, string, string, string]>([
  [{ signedBy: 'a' }, 'openpgp', 'a', 'signedBy'],
  [{ minisignKey: 'a' }, 'minisign', 'a', 'minisignKey'],
  [{ cosignKey: 'a' }, 'cosign-key', 'a', 'cosignKey'],
  [{ githubRoot: 'a' }, 'github-sigstore', 'a', 'githubRoot'],
  [{ issuer: 'https://accounts.example' }, 'sigstore', 'sigstore', 'issuer'],
  // GitHub's own Sigstore stands in for the public instance.
  [{ issuer: 'https://accounts.example', githubRoot: 'a' }, 'github-sigstore', 'a', 'githubRoot'],
])('%j rests on the anchor of the kind %s', (verification, type, name, field) => {
  expect(anchorsNamedIn({ verification }, anchorKinds)).toMatchObject([
    { name, kind: { type }, path: ['verification', field] },
  ]);
});

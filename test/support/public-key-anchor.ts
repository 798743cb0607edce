/**
 * A kind of anchor that assay does not have: a public key in PEM, as cosign writes cosign.pub, pinned by the digest of its
 * file. This file, and one line in a registry, is all that it takes.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { freeTextSchema, listOf } from '../../src/formats/own/names.ts';
import { httpsUrlSchema } from '../../src/formats/text/https-url.ts';
import { fileSchema, sha256Schema, type Anchor, type AnchorKind } from '../../src/verify/anchors/anchor.ts';
import { verifyPinned } from '../../src/verify/pinned.ts';
import { keyFingerprint, readPublicKey } from '../../src/verify/sigstore/keys.ts';

const schema = z.strictObject({
  type: z.literal('public-key'),
  file: fileSchema('pub'),
  digest: sha256Schema,
  scope: listOf(httpsUrlSchema),
  learnt: freeTextSchema,
});

type PublicKeyPin = z.output<typeof schema>;

export const publicKeyAnchor: AnchorKind<PublicKeyPin, KeyObject> = {
  type: 'public-key',
  what: 'public key',
  schema,
  reference: { field: 'signedWith' },
  files: ({ file }) => [[['file'], file]],
  scope: ({ scope }) => scope,
  open: (bytes, anchor) => Promise.resolve(readPinned(bytes, anchor)),
  report(bytes, anchor) {
    const key = readPinned(bytes, anchor);
    const line = `${key.asymmetricKeyType ?? ''} key, SHA-256 ${keyFingerprint(key)}`;
    return Promise.resolve({ holds: [line] });
  },
};

function readPinned(bytes: Uint8Array, { pin, file }: Anchor<PublicKeyPin>): KeyObject {
  const { path } = file(pin.file);
  verifyPinned(bytes, pin.digest, path);
  return readPublicKey(bytes, path);
}

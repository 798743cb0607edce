/**
 * A public key of cosign's as a trust anchor (`cosign generate-key-pair`): cosign.pub, one key in PEM (RFC 7468, section
 * 13), pinned by its SHA-256. It has no owner, dates or revocations: a pin that is removed is all that ends it.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { freeTextSchema, listOf } from '../../formats/own/names.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { mint, type Minted } from '../../model/minted.ts';
import { pinMismatch } from '../pinned.ts';
import { keyFingerprint, readPublicKey } from '../sigstore/keys.ts';
import { fileSchema, type Anchor, type AnchorKind } from './anchor.ts';

const schema = z
  .strictObject({
    type: z.literal('cosign-key'),
    file: fileSchema('pub').describe('the key in PEM, beside pins.yaml'),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hex digits (quote it if it is all digits)' })
      .describe('SHA-256 of the key itself (SubjectPublicKeyInfo in DER), however its file is written'),
    scope: listOf(httpsUrlSchema).describe(
      'URL prefixes, ending at a segment boundary, that this key may vouch for',
    ),
    learnt: freeTextSchema.describe('where the fingerprint was learnt'),
  })
  .describe('a public key of cosign (`cosign generate-key-pair`), by its digest');

type CosignKeyPin = z.output<typeof schema>;

/** Only `cosignKey` makes one. */
export interface CosignKey extends Minted<'CosignKey'> {
  readonly anchor: string;
  readonly fingerprint: string;
  readonly key: KeyObject;
}

export const cosignKey: AnchorKind<CosignKeyPin, CosignKey> = {
  type: 'cosign-key',
  what: 'cosign key',
  schema,
  reference: { field: 'cosignKey' },
  files: ({ file }) => [[['file'], file]],
  pinned: ({ fingerprint }) => [fingerprint],
  scope: ({ scope }) => scope,
  open: (bytes, anchor) => Promise.resolve(readPinned(bytes, anchor)),
  report(bytes, anchor) {
    const { key, fingerprint } = readPinned(bytes, anchor);
    return Promise.resolve({ holds: [`${key.asymmetricKeyType ?? ''} key, SHA-256 ${fingerprint}`] });
  },
};

/** Throws as `readPublicKey` does, and VerificationError `PIN_MISMATCH`. */
function readPinned(bytes: Uint8Array, { name, pin, file }: Anchor<CosignKeyPin>): CosignKey {
  const { path } = file(pin.file);
  const key = readPublicKey(bytes, path);
  const fingerprint = keyFingerprint(key);
  if (fingerprint !== pin.fingerprint) {
    throw pinMismatch(path, `the key with the SHA-256 ${fingerprint}`, pin.fingerprint);
  }
  return mint('CosignKey', { anchor: name, fingerprint, key });
}

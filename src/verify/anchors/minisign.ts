/**
 * A minisign key as a trust anchor (https://jedisct1.github.io/minisign): one Ed25519 key, pinned by itself, since it is
 * as short as a fingerprint. It has no owner, dates or revocations: a pin that is removed is all that ends it.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { freeTextSchema, listOf } from '../../formats/own/names.ts';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { VerificationError } from '../../model/errors.ts';
import { mint, type Minted } from '../../model/minted.ts';
import { pinMismatch } from '../pinned.ts';
import { fileSchema, type Anchor, type AnchorKind } from './anchor.ts';

/** `Ed`, a key ID of 8 bytes, and the key. */
const keySchema = z.string().refine((text) => decode(text) !== undefined, {
  error: 'must be a minisign public key: the line below the comment, which begins with RW',
});

const schema = z
  .strictObject({
    type: z.literal('minisign'),
    file: fileSchema('pub').describe(
      'as minisign writes it: a comment, and the key below it; beside pins.yaml',
    ),
    key: keySchema.describe('the key, as its publisher shows it: it begins with `RW`'),
    scope: listOf(httpsUrlSchema).describe(
      'URL prefixes, ending at a segment boundary, that this key may vouch for',
    ),
    learnt: freeTextSchema.describe('where the key was learnt'),
  })
  .describe('one Ed25519 key of minisign, pinned by itself');

type MinisignPin = z.output<typeof schema>;

/** Only `minisignKey` makes one. */
export interface MinisignKey extends Minted<'MinisignKey'> {
  readonly anchor: string;
  /** As its publisher shows it. */
  readonly text: string;
  readonly id: Uint8Array;
  readonly key: KeyObject;
}

export const minisignKey: AnchorKind<MinisignPin, MinisignKey> = {
  type: 'minisign',
  what: 'minisign key',
  schema,
  reference: { field: 'minisignKey' },
  files: ({ file }) => [[['file'], file]],
  pinned: ({ key }) => [key],
  scope: ({ scope }) => scope,
  open: (bytes, anchor) => Promise.resolve(readPinned(bytes, anchor)),
  report: (bytes, anchor) =>
    Promise.resolve({ holds: [`Ed25519 key of minisign, ${readPinned(bytes, anchor).text}`] }),
};

/** Throws VerificationError `EVIDENCE_MALFORMED` and `PIN_MISMATCH`. */
function readPinned(bytes: Uint8Array, { name, pin, file }: Anchor<MinisignPin>): MinisignKey {
  const { path } = file(pin.file);
  const [, text = ''] =
    /^untrusted comment: [^\r\n]*\r?\n([A-Za-z0-9+/=]+)(?:\r?\n)?$/.exec(
      Buffer.from(bytes).toString('latin1'),
    ) ?? [];
  const parts = decode(text);
  if (parts === undefined) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${path} is no public key of minisign`, {
      hint: 'It takes the two lines that minisign writes: "untrusted comment: …", and the key.',
    });
  }
  if (text !== pin.key) throw pinMismatch(path, `the key ${text}`, pin.key);
  return mint('MinisignKey', { anchor: name, text, ...parts });
}

function decode(text: string): { readonly id: Buffer; readonly key: KeyObject } | undefined {
  const bytes = decodeBase64(text);
  if (bytes?.length !== 42 || bytes.toString('latin1', 0, 2) !== 'Ed') return undefined;
  const x = bytes.toString('base64url', 10);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return { id: bytes.subarray(2, 10), key };
}

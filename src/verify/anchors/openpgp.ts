/**
 * OpenPGP keys as a trust anchor (RFC 9580): an armored file of them, pinned by the full fingerprints of its primaries.
 * A file that holds other keys than the pinned ones is refused whole (`openpgp/key-block.ts`).
 */
import { z } from 'zod';
import { freeTextSchema, listOf } from '../../formats/own/names.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { namingDocument } from '../naming.ts';
import { prepareFetchedKeys } from '../openpgp/fetched-keys.ts';
import { readKeptKeyring } from '../openpgp/kept-keyring.ts';
import { verifyKeyBlock } from '../openpgp/key-block.ts';
import { readPinnedKeyring, type Keyring } from '../openpgp/keyring.ts';
import { maxKeyFileBytes } from '../openpgp/read-keys.ts';
import { fileSchema, type AnchorKind } from './anchor.ts';

/** A version 4 or version 6 fingerprint (RFC 9580, 5.5.4), as people paste it. A key ID is no pin: it can be forged. */
const fingerprintSchema = z
  .string()
  .overwrite((text) => text.replaceAll(' ', '').toUpperCase())
  .regex(/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/, {
    error: 'must be a full fingerprint of 40 or 64 hex digits (quote it if it is all digits)',
  });

const schema = z
  .strictObject({
    type: z.literal('openpgp'),
    file: fileSchema('asc').describe('the armored keys, beside pins.yaml'),
    scope: listOf(httpsUrlSchema).describe(
      'URL prefixes, ending at a segment boundary, that these keys may vouch for',
    ),
    sources: listOf(httpsUrlSchema).describe(
      'where the keys are published: all must answer, with the pinned keys',
    ),
    fingerprints: listOf(fingerprintSchema).describe('of the primary keys, in full: exactly these'),
    retired: listOf(fingerprintSchema)
      .default([])
      .describe('of primary keys that may be published beside them, and vouch for nothing'),
    learnt: freeTextSchema.describe(
      'where the fingerprints were learnt, other than from the keys themselves',
    ),
  })
  .describe("a publisher's OpenPGP keys (RFC 9580), by the full fingerprints of their primaries")
  .superRefine(({ fingerprints, retired }, context) => {
    retired.forEach((fingerprint, index) => {
      if (!fingerprints.includes(fingerprint)) return;
      const message = 'is pinned as well: a key is one or the other';
      context.addIssue({ code: 'custom', message, path: ['retired', index] });
    });
  });

export type OpenpgpPin = z.output<typeof schema>;

export const openpgpKeys: AnchorKind<OpenpgpPin, Keyring> = {
  type: 'openpgp',
  what: 'keys',
  schema,
  reference: { field: 'signedBy' },
  files: ({ file }) => [[['file'], file]],
  pinned: ({ fingerprints }) => fingerprints,
  scope: ({ scope }) => scope,
  async open(bytes, { name, pin, file }, now) {
    const { path } = file(pin.file);
    await namingDocument(path, () => verifyKeyBlock(bytes, pin, now));
    return readPinnedKeyring({ name: path, bytes }, pin, name);
  },
  reopen(kept, { name, pin, file }, then) {
    const { path, bytes } = file(pin.file);
    const today = bytes && { name: path, bytes };
    return namingDocument(path, () => readKeptKeyring({ kept, today, pins: pin, anchor: name, then }));
  },
  async report(bytes, { pin, file }, now) {
    const { keys } = await namingDocument(file(pin.file).path, () => verifyKeyBlock(bytes, pin, now));
    return {
      keys: keys.map((key) => ({
        fingerprint: key.fingerprint,
        change: 'none',
        before: key,
        after: key,
      })),
    };
  },
  published: {
    maxBytes: maxKeyFileBytes,
    sources: ({ sources }) => sources,
    async fileOf(copies, pin, now) {
      return (await prepareFetchedKeys(copies, pin, undefined, now)).bytes;
    },
  },
};

/**
 * Method `checksum`: a checksum file that nobody signs. It says what the origin says, over TLS, and no more: so it
 * takes a written reason, and the source refuses it through a mirror (`UNTRUSTED_MIRROR`).
 */
import { z } from 'zod';
import { checksumOf, parseChecksums } from '../../formats/upstream/checksums.ts';
import { freeTextSchema } from '../../formats/own/names.ts';
import { fileTemplateSchema, fillTemplate } from '../../formats/own/template.ts';
import { checksumNameShape, wantedChecksum } from './checksum-name.ts';
import { documentOf, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';

const maxChecksumBytes = 1 << 20;

const schema = z
  .strictObject({
    method: z.literal('checksum').describe('the kind of proof'),
    checksums: fileTemplateSchema.describe(
      'template: the checksum file beside the asset. A bare digest counts only where the template has `{asset}`',
    ),
    ...checksumNameShape,
    reason: freeTextSchema
      .regex(/^\s*\S+(?:\s+\S+){2}/, {
        error: 'must say, in a few words, why there is no signature to ask for',
      })
      .describe('why there is no signature to ask for, in a few words'),
  })
  .describe('a checksum file that nobody signs: the word of the origin, over TLS');

export const checksum: VerificationMethod<z.output<typeof schema>> = {
  method: 'checksum',
  schema,
  documents: ({ checksums }, { values }) => [
    { role: 'checksums', fileName: fillTemplate(checksums, values), maxBytes: maxChecksumBytes },
  ],
  terms: () => ({ assurance: 'checksum', chain: 'checksum', documents: { checksums: 'kept' } }),
  judge({ spec, asset, documents, now }) {
    const document = documentOf(documents, 'checksums');
    const lines = parseChecksums(document.bytes, document.url);
    // A digest without a name is of the file that the checksum file is named after.
    const wanted = wantedChecksum(spec, asset, spec.checksums.includes('{asset}'));
    const digest = checksumOf(lines, wanted, document.url);
    const artifact = { ...asset.artifact, digest };
    return Promise.resolve(
      mintVerified(artifact, {
        assurance: 'checksum',
        method: 'checksum',
        signers: [],
        documents: [{ ...document, isKept: true }],
        verifiedAt: now,
        digest,
      }),
    );
  },
};

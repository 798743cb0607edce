/**
 * Method `checksum`: a checksum file that nobody signs. It says what the origin says, over TLS, and no more: so it
 * takes a written reason, and the source refuses it through a mirror (`UNTRUSTED_MIRROR`).
 */
import { z } from 'zod';
import { freeTextSchema } from '../../formats/own/names.ts';
import { fileNamesSchema, nameFor } from '../../formats/own/template.ts';
import { checksumFile, checksumNameShape, linkChecksum, wantedChecksum } from './checksum-file.ts';
import { beside, type Asset, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { sizeUnsigned } from '../trail.ts';

/** Why somebody is content with less than a signature. */
export const unsignedReason = freeTextSchema
  .regex(/^\s*\S+(?:\s+\S+){2}/, {
    error: 'must say, in a few words, why there is no signature to ask for',
  })
  .describe('why there is no signature to ask for, in a few words');

const schema = z
  .strictObject({
    method: z.literal('checksum').describe('the kind of proof'),
    checksums: fileNamesSchema.describe(
      'template: the checksum file beside the asset. A bare digest counts only where the template has `{asset}`',
    ),
    ...checksumNameShape,
    reason: unsignedReason,
  })
  .describe('a checksum file that nobody signs: the word of the origin, over TLS');

type Spec = z.output<typeof schema>;

export const checksum: VerificationMethod<Spec> = {
  method: 'checksum',
  schema,
  next: ({ spec, subject }) => [checksumsOf(spec, subject)],
  async judge({ spec, subject, documents, now, trail }) {
    const need = checksumsOf(spec, subject);
    const origin = new URL(need.url).host;
    const document = await trail.link(
      { from: { origin }, to: need },
      () => documents.of(need),
      () => ({ checks: [] }),
    );
    // A digest without a name is of the file that the checksum file is named after.
    const wanted = wantedChecksum(
      spec,
      subject,
      nameFor(spec.checksums, subject.artifact.platform.arch).includes('{asset}'),
    );
    const digest = await linkChecksum(trail, document, document.bytes, wanted);
    trail.leaves(`that the publisher vouches for it, and not only ${origin}`, spec.reason);
    trail.leaves(...sizeUnsigned);
    const artifact = { ...subject.artifact, digest };
    return mintVerified(artifact, {
      assurance: 'checksum',
      method: 'checksum',
      signers: [],
      documents: [document],
      verifiedAt: now,
      digest,
    });
  },
};

function checksumsOf({ checksums }: Spec, asset: Asset) {
  return beside(asset, checksumFile, checksums);
}

/**
 * Method `sigstore-checksums`: a checksum file for a release, with a Sigstore bundle beside it that signs the file.
 * Both are verified once in a run.
 */
import { z } from 'zod';
import { fileTemplateSchema, fillTemplate } from '../../formats/own/template.ts';
import { digestOf } from '../digest.ts';
import { checksumNameShape, wantedChecksum } from './checksum-name.ts';
import { documentOf, once, type VerificationMethod } from '../method.ts';
import { anyOf } from '../sigstore/any-of.ts';
import { findBundles } from '../sigstore/bundle-file.ts';
import { maxBundleBytes } from '../sigstore/bundle.ts';
import { verifyMessage } from '../sigstore/verify-bundle.ts';
import { vouchedByChecksums } from '../sigstore/vouch.ts';
import { identityShape, policyOf } from './identity-spec.ts';

const maxChecksumBytes = 1 << 20;

const schema = z
  .strictObject({
    method: z.literal('sigstore-checksums').describe('the kind of proof'),
    checksums: fileTemplateSchema.describe('template: the checksum file beside the asset'),
    bundle: fileTemplateSchema.describe(
      "template: the Sigstore bundle that signs it, in the form of today or cosign's of before 2024",
    ),
    ...checksumNameShape,
    ...identityShape,
  })
  .describe('a signed checksum file with a line for the file');

export const sigstoreChecksums: VerificationMethod<z.output<typeof schema>> = {
  method: 'sigstore-checksums',
  schema,
  documents: ({ checksums, bundle }, { values }) => [
    { role: 'checksums', fileName: fillTemplate(checksums, values), maxBytes: maxChecksumBytes },
    { role: 'sigstore-bundle', fileName: fillTemplate(bundle, values), maxBytes: maxBundleBytes },
  ],
  terms: (spec, values) => ({
    assurance: 'signed',
    chain: 'sigstore',
    identity: policyOf(spec, values),
    documents: { 'sigstore-bundle': 'kept', checksums: 'kept' },
  }),
  async judge({ spec, asset, documents, trust, now, memo }) {
    const checksums = documentOf(documents, 'checksums');
    const bundles = documentOf(documents, 'sigstore-bundle');
    const certificate = policyOf(spec, asset.values);
    const trustedRoot = await trust.trustedRoot();
    const key = JSON.stringify([checksums.digest, bundles.digest, certificate]);
    const message = await once(memo, key, () =>
      anyOf(findBundles(bundles.bytes, bundles.url), async (unread) =>
        verifyMessage({
          bundle: unread.read(),
          signer: { certificate },
          trustedRoot,
          subject: { digest: digestOf('sha256', checksums.bytes), open: () => chunks(checksums.bytes) },
        }),
      ),
    );
    return vouchedByChecksums(asset.artifact, checksums, wantedChecksum(spec, asset, false), message, {
      documents: [bundles, checksums].map((document) => ({ ...document, isKept: true as const })),
      verifiedAt: now,
    });
  },
};

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

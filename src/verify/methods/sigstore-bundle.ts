/**
 * Method `sigstore-bundle`: a Sigstore bundle beside each file (`cosign verify-blob --bundle`), and a checksum file
 * that says which digest it is about.
 */
import { z } from 'zod';
import { checksumOf, parseChecksums } from '../../formats/upstream/checksums.ts';
import { fileTemplateSchema, fillTemplate } from '../../formats/own/template.ts';
import { checksumNameShape, wantedChecksum } from './checksum-name.ts';
import { documentOf, type VerificationMethod } from '../method.ts';
import { anyOf } from '../sigstore/any-of.ts';
import { findBundles } from '../sigstore/bundle-file.ts';
import { maxBundleBytes } from '../sigstore/bundle.ts';
import { verifyMessage } from '../sigstore/verify-bundle.ts';
import { vouchedByMessage } from '../sigstore/vouch.ts';
import { digestTerms, identityShape, policyOf } from './identity-spec.ts';

const maxChecksumBytes = 1 << 20;

const schema = z
  .strictObject({
    method: z.literal('sigstore-bundle').describe('the kind of proof'),
    checksum: fileTemplateSchema.describe(
      'template: the file beside the asset that holds its SHA-256, the digest that was signed',
    ),
    ...checksumNameShape,
    bundle: fileTemplateSchema.describe('template: the Sigstore bundle beside the asset'),
    ...identityShape,
  })
  .describe("a Sigstore bundle that signs the file's digest");

export const sigstoreBundle: VerificationMethod<z.output<typeof schema>> = {
  method: 'sigstore-bundle',
  schema,
  documents: ({ checksum, bundle }, { values }) => [
    { role: 'checksum', fileName: fillTemplate(checksum, values), maxBytes: maxChecksumBytes },
    { role: 'sigstore-bundle', fileName: fillTemplate(bundle, values), maxBytes: maxBundleBytes },
  ],
  terms: digestTerms,
  async judge({ spec, asset, documents, trust, now }) {
    const checksum = documentOf(documents, 'checksum');
    const bundles = documentOf(documents, 'sigstore-bundle');
    const wanted = wantedChecksum(spec, asset, true);
    const digest = checksumOf(parseChecksums(checksum.bytes, checksum.url), wanted, checksum.url);
    const certificate = policyOf(spec, asset.values);
    const trustedRoot = await trust.trustedRoot();
    const message = await anyOf(findBundles(bundles.bytes, bundles.url), async (unread) =>
      verifyMessage({ bundle: unread.read(), signer: { certificate }, trustedRoot, subject: { digest } }),
    );
    return vouchedByMessage({ ...asset.artifact, digest }, message, {
      documents: [{ ...bundles, isKept: true }, checksum],
      verifiedAt: now,
    });
  },
};

/**
 * Method `sigstore-bundle`: a Sigstore bundle beside each file (`cosign verify-blob --bundle`), and a checksum file
 * that says which digest it is about.
 */
import { z } from 'zod';
import { checksumOf, parseChecksums } from '../../formats/upstream/checksums.ts';
import { fileTemplateSchema } from '../../formats/own/template.ts';
import { checksumFile, checksumNameShape, wantedChecksum } from './checksum-file.ts';
import { publicGood } from '../anchors/sigstore.ts';
import { cosignBundle } from '../by-hand.ts';
import { beside, type Asset, type VerificationMethod } from '../method.ts';
import { anyOf } from '../sigstore/any-of.ts';
import { bundleFile, findBundles } from '../sigstore/bundle-file.ts';
import { verifyMessage } from '../sigstore/verify-bundle.ts';
import { authenticatedTold, signedDigestTold, vouchedByMessage } from '../sigstore/vouch.ts';
import { misuse, nameOfDigest, sizeUnsigned, theArtifact } from '../trail.ts';
import { identityShape, policyOf } from './identity-spec.ts';

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

type Spec = z.output<typeof schema>;

export const sigstoreBundle: VerificationMethod<Spec> = {
  method: 'sigstore-bundle',
  schema,
  next: ({ spec, subject }) => filesOf(spec, subject),
  async judge({ spec, subject, documents, trust, now, trail }) {
    const files = filesOf(spec, subject);
    const [checksum, bundles] = [documents.of(files[0]), documents.of(files[1])];
    const wanted = wantedChecksum(spec, subject, true);
    const digest = checksumOf(parseChecksums(checksum.bytes, checksum.url), wanted, checksum.url);
    const certificate = policyOf(spec, subject.values);
    const message = await trail.link(
      { from: { anchor: publicGood }, to: bundles },
      async () => {
        const trustedRoot = await trust.trustedRoot();
        return anyOf(findBundles(bundles.bytes, bundles.url), async (unread) =>
          verifyMessage({ bundle: unread.read(), signer: { certificate }, trustedRoot, subject: { digest } }),
        );
      },
      authenticatedTold,
    );
    trail.leaves(...nameOfDigest);
    trail.leaves(...misuse);
    trail.leaves(...sizeUnsigned);
    const byHand = cosignBundle(bundles, theArtifact, certificate);
    return trail.link(
      { from: bundles, to: theArtifact, beside: [checksum], byHand },
      () =>
        vouchedByMessage({ ...subject.artifact, digest }, message, {
          documents: [bundles, checksum],
          verifiedAt: now,
        }),
      () => signedDigestTold(message, 'the digest in the checksum file'),
    );
  },
};

function filesOf({ checksum, bundle }: Spec, asset: Asset) {
  return [
    beside(asset, { ...checksumFile, role: 'checksum' }, checksum),
    beside(asset, bundleFile, bundle),
  ] as const;
}

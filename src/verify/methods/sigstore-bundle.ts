/**
 * Method `sigstore-bundle`: a Sigstore bundle beside each file (`cosign verify-blob --bundle`), about the digest that a
 * checksum file has of it, or about the file itself.
 */
import { z } from 'zod';
import { checksumOf, parseChecksums } from '../../formats/upstream/checksums.ts';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { assetFileOf, assetNeeds } from './asset-file.ts';
import { checksumFile, checksumNameShape, wantedChecksum } from './checksum-file.ts';
import type { Digest } from '../../model/digest.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { publicGood } from '../anchors/public-good.ts';
import { cosignBundle } from '../by-hand.ts';
import { beside, type Asset, type Documents, type VerificationMethod } from '../method.ts';
import { anyOf } from '../sigstore/any-of.ts';
import { bundleFile, findBundles } from '../sigstore/bundle-file.ts';
import { verifyMessage } from '../sigstore/verify-bundle.ts';
import { authenticatedTold, signedDigestTold, vouchedByMessage } from '../sigstore/vouch.ts';
import { misuse, nameOfDigest, theArtifact } from '../trail.ts';
import { identityShape, policyOf } from './identity-spec.ts';
import { leaveSize } from './left-open.ts';

const schema = z
  .strictObject({
    method: z.literal('sigstore-bundle').describe('the kind of proof'),
    checksum: fileNamesSchema
      .exactOptional()
      .describe(
        'template: the file beside the asset that holds its SHA-256, the digest that was signed. Without it a run reads the asset whole',
      ),
    ...checksumNameShape,
    bundle: fileNamesSchema.describe('template: the Sigstore bundle beside the asset'),
    ...identityShape,
  })
  .describe("a Sigstore bundle that signs the file's digest");

type Spec = z.output<typeof schema>;

export const sigstoreBundle: VerificationMethod<Spec> = {
  method: 'sigstore-bundle',
  schema,
  next({ spec, subject, documents }) {
    const checksum = checksumOfSpec(spec, subject);
    const bundle = beside(subject, bundleFile, spec.bundle);
    return checksum === undefined ? [bundle, ...assetNeeds(subject, documents)] : [checksum, bundle];
  },
  async judge(matter) {
    const { spec, subject, documents, trust, now, trail } = matter;
    const bundles = documents.of(beside(subject, bundleFile, spec.bundle));
    const said = digestOf(spec, subject, documents);
    const { digest } = said;
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
    leaveSize(matter);
    const byHand = cosignBundle(bundles, theArtifact, certificate);
    const against = spec.checksum === undefined ? "the file's digest" : 'the digest in the checksum file';
    return trail.link(
      {
        from: bundles,
        to: theArtifact,
        ...(spec.checksum !== undefined && { beside: said.documents }),
        byHand,
      },
      () =>
        vouchedByMessage({ ...subject.artifact, digest }, message, {
          documents: [bundles, ...said.documents],
          verifiedAt: now,
        }),
      () => signedDigestTold(message, against),
    );
  },
};

function checksumOfSpec({ checksum }: Spec, asset: Asset) {
  return checksum === undefined ? undefined : beside(asset, { ...checksumFile, role: 'checksum' }, checksum);
}

/** Throws as `checksumOf` and `assetFileOf` do. */
function digestOf(
  spec: Spec,
  asset: Asset,
  documents: Documents,
): { readonly digest: Digest; readonly documents: readonly EvidenceDocument[] } {
  const need = checksumOfSpec(spec, asset);
  if (need === undefined) return assetFileOf(asset, documents);
  const document = documents.of(need);
  const parsed = parseChecksums(document.bytes, document.url);
  return {
    digest: checksumOf(parsed, wantedChecksum(spec, asset, true), document.url),
    documents: [document],
  };
}

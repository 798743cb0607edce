/**
 * Method `sigstore-checksums`: a checksum file for a release, with a Sigstore bundle beside it that signs the file.
 * Both are verified once in a run.
 */
import { z } from 'zod';
import { fileNamesSchema } from '../../formats/own/template.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { checksumFile, checksumNameShape, checksumTold, wantedChecksum } from './checksum-file.ts';
import { publicGood } from '../anchors/public-good.ts';
import { cosignBundle } from '../by-hand.ts';
import { beside, once, type Asset, type VerificationMethod } from '../method.ts';
import { anyOf } from '../sigstore/any-of.ts';
import { bundleFile, findBundles } from '../sigstore/bundle-file.ts';
import { verifyMessage, type VerifiedMessage } from '../sigstore/verify-bundle.ts';
import type { SignerPolicy } from '../sigstore/identity.ts';
import { subjectOfBytes } from '../sigstore/subject.ts';
import type { TrustedRoot } from '../sigstore/trusted-root.ts';
import { authenticatedTold, vouchedByChecksums } from '../sigstore/vouch.ts';
import { misuse, sizeUnsigned, theArtifact } from '../trail.ts';
import { identityShape, identityTemplates, policyOf } from './identity-spec.ts';
import { leaveRelease } from './left-open.ts';

const schema = z
  .strictObject({
    method: z.literal('sigstore-checksums').describe('the kind of proof'),
    checksums: fileNamesSchema.describe('template: the checksum file beside the asset'),
    bundle: fileNamesSchema.describe(
      "template: the Sigstore bundle that signs it, in the form of today or cosign's of before 2024",
    ),
    ...checksumNameShape,
    ...identityShape,
  })
  .describe('a signed checksum file with a line for the file');

type Spec = z.output<typeof schema>;

export const sigstoreChecksums: VerificationMethod<Spec> = {
  method: 'sigstore-checksums',
  schema,
  next: ({ spec, subject }) => filesOf(spec, subject),
  async judge({ spec, subject, documents, trust, now, memo, trail }) {
    const files = filesOf(spec, subject);
    const [checksums, bundles] = [documents.of(files[0]), documents.of(files[1])];
    const certificate = policyOf(spec, subject.values);
    const key = JSON.stringify([checksums.digest, bundles.digest, certificate]);
    const byHand = cosignBundle(bundles, checksums, certificate);
    const message = await trail.link(
      { from: { anchor: publicGood }, to: checksums, beside: [bundles], byHand },
      async () => {
        const trustedRoot = await trust.trustedRoot();
        return once(memo, key, () =>
          verifyChecksumBundles(checksums.bytes, [bundles], { certificate }, trustedRoot),
        );
      },
      authenticatedTold,
    );
    leaveRelease(trail, subject, spec.name ?? '{asset}', ...identityTemplates(spec));
    trail.leaves(...misuse);
    trail.leaves(...sizeUnsigned);
    const wanted = wantedChecksum(spec, subject, false);
    return trail.link(
      { from: checksums, to: theArtifact },
      () =>
        vouchedByChecksums(subject.artifact, checksums, wanted, message, {
          documents: [bundles, checksums],
          verifiedAt: now,
        }),
      ({ subject: { digest } }) => checksumTold(checksums, wanted, digest),
    );
  },
};

function filesOf({ checksums, bundle }: Spec, asset: Asset) {
  return [beside(asset, checksumFile, checksums), beside(asset, bundleFile, bundle)] as const;
}

/**
 * Of untrusted bundles of one file, one that vouches for it is enough. Throws as `findBundles` and `verifyMessage` do.
 */
export async function verifyChecksumBundles(
  bytes: Uint8Array,
  files: readonly Pick<EvidenceDocument, 'bytes' | 'url'>[],
  signer: SignerPolicy,
  trustedRoot: TrustedRoot,
): Promise<VerifiedMessage> {
  const bundles = files.flatMap((file) => findBundles(file.bytes, file.url));
  const subject = subjectOfBytes(bytes);
  return anyOf(bundles, async (unread) =>
    verifyMessage({ bundle: unread.read(), signer, trustedRoot, subject }),
  );
}

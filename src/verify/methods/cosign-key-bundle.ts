/**
 * Method `cosign-key-bundle`: a checksum file, or the released file itself, signed by a pinned key of cosign's, in a
 * Sigstore bundle (`cosign verify-blob --key --bundle`), which has the log's word in it.
 */
import { z } from 'zod';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { assertMinted } from '../../model/minted.ts';
import type { Signer } from '../../model/verification.ts';
import { cosignKey } from '../anchors/cosign-key.ts';
import { cosignKeyedBundle } from '../by-hand.ts';
import { beside, type Asset, type Matter, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { anyOf } from '../sigstore/any-of.ts';
import { bundleFile, findBundles } from '../sigstore/bundle-file.ts';
import { verifyMessage } from '../sigstore/verify-bundle.ts';
import { nameOfDigest, theArtifact } from '../trail.ts';
import type { AssetFile } from './asset-file.ts';
import { cosignKeyShape } from './cosign-key.ts';
import { leaveRelease, leaveSize } from './left-open.ts';
import {
  checksumsOf,
  digestBySigned,
  signedFileNeeds,
  signedFileOf,
  signedFileShape,
} from './signed-file.ts';

const schema = z
  .strictObject({
    method: z.literal('cosign-key-bundle').describe('the kind of proof'),
    ...signedFileShape,
    bundle: fileNamesSchema.describe('template: the Sigstore bundle beside the asset'),
    ...cosignKeyShape,
  })
  .describe('the same in a Sigstore bundle, which has the log entry in it');

type Spec = z.output<typeof schema>;

export const cosignKeyBundle: VerificationMethod<Spec> = {
  method: 'cosign-key-bundle',
  schema,
  next: ({ spec, subject, documents }) => [
    beside(subject, bundleFile, spec.bundle),
    ...signedFileNeeds(spec, subject, documents),
  ],
  async judge(matter) {
    const { spec, subject, documents, trail, now } = matter;
    const isDirect = spec.checksums === undefined;
    const { signer, signed } = await linkBundle(matter);
    if (isDirect) trail.leaves(...nameOfDigest);
    else leaveRelease(trail, subject, spec.name ?? '{asset}');
    leaveSize(matter);
    const digest = await digestBySigned(matter, signed);
    const bundle = documents.of(beside(subject, bundleFile, spec.bundle));
    return mintVerified(
      { ...subject.artifact, digest },
      {
        ...{ assurance: 'signed', method: 'cosign-key', signers: [signer], digest, verifiedAt: now },
        documents: [bundle, ...signed.documents],
        ...(isDirect && { isDigestOnly: true }),
      },
    );
  },
};

/** The key is the pinned one, and the entry is of a log of the trusted root. */
async function linkBundle({ spec, subject, documents, trust, trail }: Matter<Spec, Asset>) {
  const need = beside(subject, bundleFile, spec.bundle);
  const checksums = checksumsOf(spec, subject);
  const to = checksums ?? theArtifact;
  const byHand = cosignKeyedBundle(spec.cosignKey, need, to);
  return trail.link(
    { from: { anchor: spec.cosignKey }, to, beside: [need], byHand },
    async () => {
      const url = checksums?.url ?? subject.artifact.url;
      const opened = await trust.material(cosignKey, spec.cosignKey, url);
      assertMinted(opened, 'CosignKey');
      const { key, fingerprint, anchor } = opened;
      const trustedRoot = await trust.trustedRoot();
      const signed = signedFileOf(spec, subject, documents);
      const { bytes } = documents.of(need);
      const asked = {
        digest: signed.digest,
        ...openingOf(signed),
      };
      const { signer: found, checks } = await anyOf(findBundles(bytes, need.url), async (unread) =>
        verifyMessage({ bundle: unread.read(), signer: { publicKey: key }, trustedRoot, subject: asked }),
      );
      const signer: Signer = { method: 'public-key', fingerprint, anchor, signedAt: found.signedAt };
      return { signer, signed, checks };
    },
    ({ signer, checks }) => ({ checks, signers: [signer] }),
  );
}

/** What is at hand is hashed again; keys that sign bytes in one piece need them. */
function openingOf({ bytes }: AssetFile) {
  return bytes === undefined ? {} : { open: () => [bytes] };
}

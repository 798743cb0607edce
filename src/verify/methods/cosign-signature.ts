/**
 * Method `cosign-signature`: a detached signature and certificate beside each file, as Kubernetes publishes them
 * (`cosign verify-blob --signature --certificate`). When it was made, Rekor's log says.
 */
import { z } from 'zod';
import { checksumOf, parseChecksums } from '../../formats/upstream/checksums.ts';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { checksumNameShape, wantedChecksum } from './checksum-file.ts';
import { cosignDetached } from '../by-hand.ts';
import { beside, type Asset, type Matter, type VerificationMethod } from '../method.ts';
import { maxDetachedBytes } from '../sigstore/rekor.ts';
import { signedDigestTold, vouchedByMessage } from '../sigstore/vouch.ts';
import { misuse, nameOfDigest, sizeUnsigned, theArtifact } from '../trail.ts';
import {
  answerTo,
  certificateFile,
  detachedSignature,
  loggedShape,
  signatureFile,
} from './detached-signature.ts';
import { policyOf } from './identity-spec.ts';

/** Where the digest stands that is signed. */
export const checksumShape = {
  checksum: fileNamesSchema.describe(
    'template: the file beside the asset that holds its SHA-256, the digest that was signed',
  ),
  ...checksumNameShape,
};

const schema = z
  .strictObject({
    method: z.literal('cosign-signature').describe('the kind of proof'),
    ...checksumShape,
    signature: fileNamesSchema.describe('template: the signature beside the asset'),
    certificate: fileNamesSchema.describe("template: the signer's certificate beside the asset"),
    ...loggedShape,
  })
  .describe("a signature over the file's digest, its certificate, and the log entry of both");

type Spec = Omit<z.output<typeof schema>, 'method'>;

export const cosignSignature: VerificationMethod<Spec> = {
  method: 'cosign-signature',
  schema,
  next(matter) {
    const files = filesOf(matter.spec, matter.subject);
    if (!files.every((need) => matter.documents.has(need))) return files;
    return detachedSignature.next(signatureMatter(matter));
  },
  async judge(matter) {
    const signature = signatureMatter(matter);
    const { verified, logSize } = await detachedSignature.judge(signature);
    const { spec, subject, documents, now, trail } = matter;
    const needs = filesOf(spec, subject);
    const files = needs.map((need) => documents.of(need));
    const artifact = { ...subject.artifact, digest: signature.subject.digest };
    const answer = answerTo(signature.subject, documents);
    const vouching = { documents: [...files, answer], verifiedAt: now, logSizes: [logSize] };
    trail.leaves(...nameOfDigest);
    trail.leaves(...misuse);
    trail.leaves(...sizeUnsigned);
    const byHand = cosignDetached(signature.subject, theArtifact, signature.spec);
    return trail.link(
      { from: needs[1], to: theArtifact, beside: [needs[0]], byHand },
      () => vouchedByMessage(artifact, verified, vouching),
      () => signedDigestTold(verified, 'the digest in the checksum file'),
    );
  },
};

/** What was signed is the digest that the checksum file has. */
function signatureMatter(matter: Matter<Spec, Asset>) {
  const { spec, subject: asset, documents } = matter;
  const [checksum, signature, certificate] = filesOf(spec, asset);
  const { bytes, url } = documents.of(checksum);
  const digest = checksumOf(parseChecksums(bytes, url), wantedChecksum(spec, asset, true), url);
  const subject = { digest, signature, certificate, rekor: spec.rekor };
  return { ...matter, spec: policyOf(spec, asset.values), subject, subjects: [subject] };
}

function filesOf({ checksum, signature, certificate }: Spec, asset: Asset) {
  return [
    beside(asset, { role: 'checksum', maxBytes: maxDetachedBytes }, checksum),
    beside(asset, signatureFile, signature),
    beside(asset, certificateFile, certificate),
  ] as const;
}

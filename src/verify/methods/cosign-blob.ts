/**
 * Method `cosign-blob`: a checksum file, or the released file itself, with cosign's detached signature and certificate
 * beside it (`cosign verify-blob --signature --certificate`). When it was made, Rekor's log says.
 */
import { z } from 'zod';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { cosignDetached } from '../by-hand.ts';
import { beside, type Asset, type Matter, type VerificationMethod } from '../method.ts';
import { signedDigestTold, vouchedByChecksums, vouchedByMessage } from '../sigstore/vouch.ts';
import { misuse, nameOfDigest, theArtifact } from '../trail.ts';
import { checksumTold, wantedChecksum } from './checksum-file.ts';
import {
  answerTo,
  certificateFile,
  detachedSignature,
  loggedShape,
  signatureFile,
} from './detached-signature.ts';
import { identityTemplates, policyOf } from './identity-spec.ts';
import { leaveRelease, leaveSize } from './left-open.ts';
import { signedFileNeeds, signedFileOf, signedFileShape } from './signed-file.ts';

const schema = z
  .strictObject({
    method: z.literal('cosign-blob').describe('the kind of proof'),
    ...signedFileShape,
    signature: fileNamesSchema.describe('template: the signature beside the asset'),
    certificate: fileNamesSchema.describe(
      "template: the signer's certificate beside the asset, PEM or base64 of it",
    ),
    ...loggedShape,
  })
  .describe(
    'a checksum file, or the file itself, signed; the certificate beside it, and the log entry of both',
  );

type Spec = z.output<typeof schema>;

export const cosignBlob: VerificationMethod<Spec> = {
  method: 'cosign-blob',
  schema,
  next(matter) {
    const { spec, subject, documents } = matter;
    const missing = signedFileNeeds(spec, subject, documents);
    if (missing.length > 0) return [...missing, ...signatureOf(spec, subject)];
    return detachedSignature.next(signatureMatter(matter).matter);
  },
  async judge(matter) {
    const { spec, subject, documents, now, trail } = matter;
    const { matter: signature, signed } = signatureMatter(matter);
    const { verified, logSize } = await detachedSignature.judge(signature);
    const [sig, certificate] = signatureOf(spec, subject);
    const answer = answerTo(signature.subject, documents);
    const found = [documents.of(sig), documents.of(certificate), answer, ...signed.documents];
    const vouching = { documents: found, verifiedAt: now, logSizes: [logSize] };
    trail.leaves(...misuse);
    leaveSize(matter);
    const [checksums] = signed.documents;
    const to = spec.checksums === undefined ? theArtifact : checksums;
    const byHand = cosignDetached(signature.subject, to, signature.spec);
    await trail.link(
      { from: sig, to, byHand },
      () => verified,
      () => signedDigestTold(verified, 'the digest of what is signed'),
    );
    if (spec.checksums === undefined) {
      trail.leaves(...nameOfDigest);
      return vouchedByMessage({ ...subject.artifact, digest: signed.digest }, verified, vouching);
    }
    leaveRelease(trail, subject, spec.name ?? '{asset}', ...identityTemplates(spec));
    const wanted = wantedChecksum(spec, subject, false);
    return trail.link(
      { from: checksums, to: theArtifact },
      () => vouchedByChecksums(subject.artifact, checksums, wanted, verified, vouching),
      ({ subject: { digest } }) => checksumTold(checksums, wanted, digest),
    );
  },
};

function signatureOf({ signature, certificate }: Spec, asset: Asset) {
  return [beside(asset, signatureFile, signature), beside(asset, certificateFile, certificate)] as const;
}

/** What was signed is the SHA-256 of the file. */
function signatureMatter(matter: Matter<Spec, Asset>) {
  const { spec, subject: asset, documents } = matter;
  const [signature, certificate] = signatureOf(spec, asset);
  const signed = signedFileOf(spec, asset, documents);
  const subject = { digest: signed.digest, signature, certificate, rekor: spec.rekor };
  return { signed, matter: { ...matter, spec: policyOf(spec, asset.values), subject, subjects: [subject] } };
}

/**
 * Method `cosign-key`: a checksum file, or the released file itself, signed by a pinned key of cosign's
 * (`cosign verify-blob --key --signature`), without a log. When it was signed, nobody says.
 */
import { z } from 'zod';
import { nameSchema } from '../../formats/own/names.ts';
import { fileTemplateSchema } from '../../formats/own/template.ts';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { readUtf8 } from '../../formats/text/utf8.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import type { Signer } from '../../model/verification.ts';
import { cosignKey } from '../anchors/cosign-key.ts';
import { cosignKeyed } from '../by-hand.ts';
import { beside, type Asset, type Matter, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { requireDigestSignature } from '../sigstore/digest-signature.ts';
import { nameOfDigest, theArtifact } from '../trail.ts';
import { signatureFile } from './detached-signature.ts';
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
    method: z.literal('cosign-key').describe('the kind of proof'),
    ...signedFileShape,
    signature: fileTemplateSchema.describe('template: the signature beside the asset, base64'),
    cosignKey: nameSchema.describe(
      'a trust anchor of `trust/pins.yaml`, of the type `cosign-key`, whose scope must cover what is signed',
    ),
  })
  .describe("a checksum file, or the file itself, signed by a key of cosign's that is a trust anchor");

type Spec = z.output<typeof schema>;

export const cosignByKey: VerificationMethod<Spec> = {
  method: 'cosign-key',
  schema,
  next({ spec, subject, documents }) {
    return [beside(subject, signatureFile, spec.signature), ...signedFileNeeds(spec, subject, documents)];
  },
  async judge(matter) {
    const { spec, subject, documents, trail, now } = matter;
    const isDirect = spec.checksums === undefined;
    const { signer, signed } = await linkSignature(matter);
    if (isDirect) trail.leaves(...nameOfDigest);
    else leaveRelease(trail, subject, spec.name ?? '{asset}');
    leaveSize(matter);
    const digest = await digestBySigned(matter, signed);
    const signature = documents.of(beside(subject, signatureFile, spec.signature));
    return mintVerified(
      { ...subject.artifact, digest },
      {
        ...{ assurance: 'signed', method: 'cosign-key', signers: [signer], digest, verifiedAt: now },
        documents: [signature, ...signed.documents],
        ...(isDirect && { isDigestOnly: true }),
      },
    );
  },
};

/** ECDSA signs a digest: of a file that is too large to be kept that is enough to judge it again. */
async function linkSignature({ spec, subject, documents, trust, trail }: Matter<Spec, Asset>) {
  const need = beside(subject, signatureFile, spec.signature);
  const checksums = checksumsOf(spec, subject);
  const to = checksums ?? theArtifact;
  const byHand = cosignKeyed(spec.cosignKey, need, to);
  return trail.link(
    { from: { anchor: spec.cosignKey }, to, beside: [need], byHand },
    async () => {
      const url = checksums?.url ?? subject.artifact.url;
      const { key, fingerprint, anchor } = await trust.material(cosignKey, spec.cosignKey, url);
      const signed = signedFileOf(spec, subject, documents);
      const { bytes, url: what } = documents.of(need);
      const der = decodeBase64((readUtf8(bytes) ?? '').replace(/\r?\n$/, ''));
      if (der === undefined || der.length === 0) {
        throw malformed(what, 'the signature is not base64 in its canonical form');
      }
      requireDigestSignature(signed.digest, der, key, what);
      const signer: Signer = { method: 'public-key', fingerprint, anchor };
      return { signer, signed };
    },
    ({ signer }) => ({ checks: [], signers: [signer] }),
  );
}

/**
 * Method `openpgp-signature`: an OpenPGP signature over the released file itself, detached (RFC 9580, section 10.4), as
 * maintainers publish `tool.tar.gz.asc` or `.sig`. Keys and signatures are judged as for checksum files.
 *
 * A run reads the file whole. Of one that is too large to be kept, the proof keeps what its signatures sign of it
 * (`openpgp/file-digests.ts`): they are then judged again as before, and that the file with this SHA-256 has those
 * digests was seen when it was judged first. A run with the file at hand sees it again.
 */
import { z } from 'zod';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { nameSchema } from '../../formats/own/names.ts';
import { VerificationError } from '../../model/errors.ts';
import { fileNeed, type FileNeed } from '../../model/need.ts';
import { gpgv } from '../by-hand.ts';
import { documentOf } from '../evidence-document.ts';
import { beside, type Asset, type Documents, type Matter, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { namingDocument } from '../naming.ts';
import { verifyFile, type SignedFile } from '../openpgp/verify-file.ts';
import { nameOfDigest, theArtifact, unsignedTime } from '../trail.ts';
import { assetFileOf, assetNeeds, isAssetRead, type AssetFile } from './asset-file.ts';
import { leaveOneFile, leaveSize } from './left-open.ts';
import { openpgpSignatureFile } from './openpgp-checksums.ts';

const schema = z
  .strictObject({
    method: z.literal('openpgp-signature').describe('the kind of proof'),
    signature: fileNamesSchema.describe('template: the signature beside the asset, armored or binary'),
    signedBy: nameSchema.describe('a trust anchor of `trust/pins.yaml`, whose scope must cover the asset'),
  })
  .describe('the file itself, signed by an OpenPGP key of a trust anchor');

type Spec = z.output<typeof schema>;

export const openpgpSignature: VerificationMethod<Spec> = {
  method: 'openpgp-signature',
  schema,
  next({ spec, subject, documents }) {
    const missing = assetNeeds(subject, documents);
    const needs = [beside(subject, openpgpSignatureFile, spec.signature), ...missing];
    const kept = keptNeed(subject);
    const isNotKept = missing.length === 0 && !isAssetRead(subject, documents) && !documents.has(kept);
    return isNotKept ? [...needs, kept] : needs;
  },
  async judge(matter) {
    const { spec, subject, documents, trail, now } = matter;
    const signature = documents.of(beside(subject, openpgpSignatureFile, spec.signature));
    const { asset, signers, toKeep } = await linkSignature(matter, signature);
    const isSeen = asset.bytes !== undefined;
    trail.leaves(...nameOfDigest);
    if (!isSeen) leaveOneFile(trail, 'digest');
    trail.leaves(...unsignedTime);
    leaveSize(matter);
    const { digest } = asset;
    const kept = asset.isKept ? [] : [documentOf(keptNeed(subject).role, subject.artifact.url, toKeep)];
    return mintVerified(
      { ...subject.artifact, digest },
      {
        ...{ assurance: 'signed', method: 'openpgp', signers, digest, verifiedAt: now, isDigestOnly: true },
        documents: [signature, ...asset.documents, ...kept],
        ...(isSeen ? {} : { isUpToIndex: true as const }),
      },
    );
  },
};

async function linkSignature(
  { spec, subject, documents, trust, trail, now }: Matter<Spec, Asset>,
  signature: ReturnType<Documents['of']>,
) {
  const { signedBy } = spec;
  return trail.link(
    {
      ...{ from: { anchor: signedBy }, to: theArtifact, beside: [signature] },
      byHand: gpgv(signedBy, signature, theArtifact),
    },
    async () => {
      const keyring = await trust.keyring(signedBy, subject.artifact.url);
      const asset = assetFileOf(subject, documents);
      const file = signedFileOf(asset, subject, documents);
      const { signers, toKeep } = await namingDocument(signature.url, () =>
        verifyFile(file, subject.fileName, signature.bytes, keyring, now),
      );
      return { asset, signers, toKeep };
    },
    ({ signers }) => ({ checks: [], signers }),
  );
}

/** Throws VerificationError `EVIDENCE_MISSING` where neither was kept. */
function signedFileOf({ bytes }: AssetFile, asset: Asset, documents: Documents): SignedFile {
  if (bytes !== undefined) return { bytes };
  const { url } = asset.artifact;
  const kept = documents.find(keptNeed(asset));
  if (kept !== undefined) return { kept: kept.bytes, what: url };
  throw new VerificationError('EVIDENCE_MISSING', `neither ${url} nor what was signed of it was kept`);
}

function keptNeed({ artifact: { url } }: Asset): FileNeed {
  return { ...fileNeed({ role: 'openpgp-digests', maxBytes: 16 << 10 }, url), isOptional: true };
}

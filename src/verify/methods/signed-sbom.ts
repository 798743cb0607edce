/**
 * Method `signed-sbom`: Kubernetes by its signed bill of materials. Two proofs that have to agree:
 *
 *   file -> signature over its digest                                   (method `cosign-signature`)
 *   release's document -> signature over it -> the file's path -> digest (SPDX 2.3, tag-value)
 *
 * The first is over a digest alone. The second says of which file of which release that digest is, which binds name,
 * architecture and version, and is by the same identity.
 */
import { z } from 'zod';
import { maxKeptBytes } from '../../formats/own/evidence.ts';
import { freeTextSchema } from '../../formats/own/names.ts';
import { fileTemplateSchema, fillTemplate } from '../../formats/own/template.ts';
import type { Digest } from '../../model/digest.ts';
import type { DocumentKind, Need } from '../../model/need.ts';
import { cosignDetached } from '../by-hand.ts';
import { beside, type Asset, type Matter, type VerificationMethod } from '../method.ts';
import { listedTold, requireListed } from '../sbom/agreement.ts';
import { documentSchema, ofEither } from '../sbom/document-spec.ts';
import { excerptNeeds, excerptOf, foundIn, readSigned, wholeNeed } from '../sbom/document.ts';
import { signedDigestTold, vouchedByListing } from '../sigstore/vouch.ts';
import { nameOfDigest, theArtifact } from '../trail.ts';
import { checksumShape, cosignSignature } from './cosign-signature.ts';
import {
  answerTo,
  certificateFile,
  detachedSignature,
  loggedShape,
  signatureFile,
  type DetachedSubject,
} from './detached-signature.ts';
import { policyOf } from './identity-spec.ts';

const schema = z
  .strictObject({
    method: z.literal('signed-sbom').describe('the kind of proof'),
    ...checksumShape,
    signature: fileTemplateSchema
      .refine(...ofEither)
      .describe('template, with `{asset}`: the signature beside the asset, and that beside the document'),
    certificate: fileTemplateSchema
      .refine(...ofEither)
      .describe("template, with `{asset}`: the signer's certificate, likewise"),
    document: documentSchema.describe('the bill of materials, an SPDX document in tag-value form'),
    without: z
      .record(
        z
          .string()
          .max(100)
          .regex(/^\d[A-Za-z0-9.+~-]*$/, { error: 'must be a version without a leading v' }),
        freeTextSchema,
      )
      .exactOptional()
      .describe(
        'versions that were released without the document, each with the reason why it is missing: of those the signature over the digest is enough. Any other fails without it',
      ),
    ...loggedShape,
  })
  .describe("a signature over the file's digest, and a signed bill of materials that lists the file with it");

type Spec = z.output<typeof schema>;
type SbomMatter = Matter<Spec, Asset>;

export const signedSbom: VerificationMethod<Spec> = {
  method: 'signed-sbom',
  schema,
  async next(matter) {
    const ofFile = await cosignSignature.next(matter);
    return isWithout(matter) ? ofFile : [...ofFile, ...(await documentNeeds(matter))];
  },
  async judge(matter) {
    const byDigest = await cosignSignature.judge(matter);
    if (isWithout(matter)) {
      const reason = matter.spec.without?.[matter.subject.artifact.version] ?? '';
      matter.trail.leaves('that a signed bill of materials lists it', reason);
      return byDigest;
    }
    const asset = documentAsset(matter);
    const found = foundIn(asset, matter.documents);
    const { read, whole, isExcerpt } = found;
    const signature = signatureMatter(matter, asset, whole.digest);
    const documents = [
      ...signatureNeeds(matter, asset).map((need) => matter.documents.of(need)),
      answerTo(signature.subject, matter.documents),
    ];
    const { trail } = matter;
    const { verified: message, logSize } = await detachedSignature.judge(signature);
    const sbom = await trail.link(
      {
        from: signature.subject.signature,
        to: whole,
        byHand: cosignDetached(signature.subject, whole, signature.spec),
      },
      () => readSigned(found, matter.memo),
      () =>
        signedDigestTold(
          message,
          isExcerpt
            ? 'the digest that its entry was taken from; the bytes were not seen again'
            : "the document's",
        ),
    );
    trail.settles(nameOfDigest);
    const expected = expectedOf(matter);
    const listed = await trail.link(
      { from: whole, to: theArtifact },
      () => requireListed(byDigest.subject.digest, expected, sbom, read.url),
      (digests) => listedTold(expected, digests, read),
    );
    if (isExcerpt) trail.leaves(...excerptAlone);
    const excerpt = whole.sizeBytes > maxKeptBytes ? [excerptOf(whole, sbom, expected.path, listed)] : [];
    return vouchedByListing(byDigest, message, {
      documents: [whole, ...documents, ...excerpt],
      logSizes: [logSize],
      ...(isExcerpt && { isUpToIndex: true }),
    });
  },
};

const excerptAlone = [
  'that the entry stands in the bill of materials',
  'the document is too large to be kept; its digest is signed, and it was read when this was judged first',
] as const;

function expectedOf({ spec: { document }, subject: { values } }: SbomMatter) {
  const { name, namespace, path } = document;
  const filled = (template: string) => fillTemplate(template, values);
  return { name: filled(name), namespace: filled(namespace), path: filled(path) };
}

/** A release of which upstream published no document, as the catalogue says with a reason. */
function isWithout({ spec, subject }: SbomMatter): boolean {
  return Object.hasOwn(spec.without ?? {}, subject.artifact.version);
}

/** The document in the place of the file: its signature and certificate are named by the same templates. */
function documentAsset({ spec, subject }: SbomMatter): Asset {
  const url = fillTemplate(spec.document.url, subject.values);
  const fileName = url.slice(url.lastIndexOf('/') + 1);
  const values = { ...subject.values, asset: fileName };
  return { artifact: { ...subject.artifact, url }, fileName, values };
}

const prefix = 'sbom-';

function signatureNeeds({ spec }: SbomMatter, asset: Asset) {
  const kindOf = ({ role, maxBytes }: DocumentKind) => ({ role: prefix + role, maxBytes });
  return [
    beside(asset, kindOf(signatureFile), spec.signature),
    beside(asset, kindOf(certificateFile), spec.certificate),
  ] as const;
}

/** `digest`: the SHA-256 of the document, which must have been signed. */
function signatureMatter(matter: SbomMatter, asset: Asset, digest: Digest) {
  const [signature, certificate] = signatureNeeds(matter, asset);
  const subject: DetachedSubject = { digest, signature, certificate, rekor: matter.spec.rekor, prefix };
  return { ...matter, spec: policyOf(matter.spec, asset.values), subject, subjects: [subject] };
}

async function documentNeeds(matter: SbomMatter): Promise<readonly Need[]> {
  const { documents } = matter;
  const asset = documentAsset(matter);
  const files = [wholeNeed(asset), ...signatureNeeds(matter, asset)];
  if (!files.every((need) => documents.has(need))) return files;
  const excerpt = excerptNeeds(asset, documents);
  if (excerpt.length > 0) return excerpt;
  return detachedSignature.next(signatureMatter(matter, asset, foundIn(asset, documents).whole.digest));
}

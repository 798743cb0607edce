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
import { shown } from '../../formats/upstream/deb822.ts';
import {
  fileDigestsOf,
  maxSpdxBytes,
  parseSpdxDocument,
  renderExcerpt,
  wholeOf,
  type FileDigests,
  type SpdxDocument,
} from '../../formats/upstream/spdx-document.ts';
import type { Digest } from '../../model/digest.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import type { DocumentKind, FileNeed, Need } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { digestOf, verifyBytes } from '../digest.ts';
import { cosignDetached, listedDigest } from '../by-hand.ts';
import { beside, once, type Asset, type Documents, type Matter, type VerificationMethod } from '../method.ts';
import { requireSame } from '../sbom/agreement.ts';
import { documentSchema, ofEither } from '../sbom/document-spec.ts';
import { signedDigestTold, vouchedByListing } from '../sigstore/vouch.ts';
import { nameOfDigest, theArtifact, type Told } from '../trail.ts';
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

/** A head of three lines and an entry of three. */
const maxExcerptBytes = 64 << 10;

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
      () => readSigned(found, matter),
      () =>
        signedDigestTold(
          message,
          isExcerpt
            ? 'the digest that its entry was taken from; the bytes were not seen again'
            : "the document's",
        ),
    );
    trail.settles(nameOfDigest);
    const path = fillTemplate(matter.spec.document.path, matter.subject.values);
    const listed = await trail.link(
      { from: whole, to: theArtifact },
      () => requireListed(byDigest.subject.digest, path, sbom, matter, read.url),
      (digests) => listedTold(sbom, path, digests, read),
    );
    if (isExcerpt) trail.leaves(...excerptAlone);
    const excerpt = whole.sizeBytes > maxKeptBytes ? [excerptOf(whole, sbom, path, listed)] : [];
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

/** Of a document that is known to be signed; parsed once. */
async function readSigned({ read, whole, isExcerpt }: Found, { memo }: SbomMatter): Promise<SpdxDocument> {
  const key = JSON.stringify(['signed-sbom', read.url, read.digest, whole.digest]);
  return once(memo, key, () => {
    if (!isExcerpt) verifyBytes(read.bytes, whole, read.url);
    return Promise.resolve(parseSpdxDocument(read.bytes, read.url));
  });
}

function requireListed(
  signed: Digest,
  path: string,
  sbom: SpdxDocument,
  matter: SbomMatter,
  url: string,
): FileDigests {
  requireRelease(sbom, matter, url);
  const listed = fileDigestsOf(sbom, path, url);
  requireSame(signed, listed[0], path, sbom, url);
  return listed;
}

function listedTold(
  { name, namespace }: SpdxDocument,
  path: string,
  [digest]: FileDigests,
  read: EvidenceDocument,
): Told {
  const against = 'what the catalogue says';
  return {
    checks: [
      { check: 'DocumentName', value: name, against },
      { check: 'DocumentNamespace', value: namespace, against },
      {
        check: 'digest',
        value: digest,
        against: `the entry of ${path}, and the digest that is signed itself`,
      },
    ],
    byHand: listedDigest(read, theArtifact, digest),
  };
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

function wholeNeed({ artifact: { url } }: Asset): FileNeed {
  return { kind: 'file', role: 'sbom', url, maxBytes: maxSpdxBytes, hasExcerpt: true };
}

function excerptNeed({ artifact: { url } }: Asset): FileNeed {
  return { kind: 'file', role: 'sbom-entry', url, maxBytes: maxExcerptBytes, isOptional: true };
}

async function documentNeeds(matter: SbomMatter): Promise<readonly Need[]> {
  const { documents } = matter;
  const asset = documentAsset(matter);
  const files = [wholeNeed(asset), ...signatureNeeds(matter, asset)];
  if (!files.every((need) => documents.has(need))) return files;
  const excerpt = excerptNeed(asset);
  if (wholeIn(asset, documents) === undefined && !documents.has(excerpt)) return [excerpt];
  return detachedSignature.next(signatureMatter(matter, asset, foundIn(asset, documents).whole.digest));
}

interface Found {
  /** The document; or, where only that was kept, the excerpt of it. */
  readonly read: EvidenceDocument;
  /** What has to be signed: without bytes where only the excerpt was kept. */
  readonly whole: EvidenceDocument;
  readonly isExcerpt: boolean;
}

function foundIn(asset: Asset, documents: Documents): Found {
  const whole = wholeIn(asset, documents);
  if (whole !== undefined) return { read: whole, whole, isExcerpt: false };
  const read = documents.find(excerptNeed(asset));
  if (read !== undefined) {
    const { url, bytes } = read;
    const named = { role: 'sbom', url, ...wholeOf(bytes, url), bytes: new Uint8Array() };
    return { read, whole: named, isExcerpt: true };
  }
  throw new VerificationError(
    'EVIDENCE_MISSING',
    `neither ${asset.artifact.url} nor its entry of ${asset.artifact.name} was kept`,
  );
}

function wholeIn(asset: Asset, documents: Documents): EvidenceDocument | undefined {
  try {
    return documents.find(wholeNeed(asset));
  } catch (error) {
    if (!(error instanceof TransportError && error.code === 'NOT_FOUND')) throw error;
    const { message, context, cause } = error;
    const hint =
      'If this release was published without the document, name it under "without" of the verification, with the reason.';
    throw new TransportError('NOT_FOUND', message, { hint, context, cause });
  }
}

/** A genuine document of another release lists files of the same names. */
function requireRelease({ name, namespace }: SpdxDocument, { spec, subject }: SbomMatter, url: string): void {
  for (const [field, template, found] of [
    ['DocumentName', spec.document.name, name],
    ['DocumentNamespace', spec.document.namespace, namespace],
  ] as const) {
    const expected = fillTemplate(template, subject.values);
    if (found === expected) continue;
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${url} has the ${field} ${shown(found)}, expected ${shown(expected)}`,
      {
        hint: 'A document of another release, or of something else: a mirror out of step, or an attack.',
        context: { field, expected, found },
      },
    );
  }
}

/** Of a document that is too large to be kept, what is needed to judge it again. */
function excerptOf(
  whole: EvidenceDocument,
  sbom: SpdxDocument,
  path: string,
  listed: FileDigests,
): EvidenceDocument {
  const bytes = renderExcerpt(sbom, path, listed, whole);
  return {
    role: 'sbom-entry',
    url: whole.url,
    digest: digestOf('sha256', bytes),
    sizeBytes: bytes.length,
    bytes,
  };
}

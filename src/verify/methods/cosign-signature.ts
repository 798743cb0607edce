/**
 * Method `cosign-signature`: a detached signature and certificate beside each file, as Kubernetes publishes them
 * (`cosign verify-blob --signature --certificate`). When it was made, Rekor's log says.
 */
import { z } from 'zod';
import { checksumOf, parseChecksums } from '../../formats/upstream/checksums.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { fileTemplateSchema, fillTemplate } from '../../formats/own/template.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { digestOf } from '../digest.ts';
import { checksumNameShape, wantedChecksum } from './checksum-name.ts';
import { documentOf, type Asset, type Documents, type VerificationMethod } from '../method.ts';
import { maxAnswerBytes, verifyWithLog } from '../sigstore/rekor-answer.ts';
import {
  maxDetachedBytes,
  parseDetached,
  requireSignature,
  retrievePath,
  retrieveQuery,
  type DetachedSignature,
} from '../sigstore/rekor.ts';
import { vouchedByMessage } from '../sigstore/vouch.ts';
import { digestTerms, identityShape, policyOf } from './identity-spec.ts';

const schema = z
  .strictObject({
    method: z.literal('cosign-signature').describe('the kind of proof'),
    checksum: fileTemplateSchema.describe(
      'template: the file beside the asset that holds its SHA-256, the digest that was signed',
    ),
    ...checksumNameShape,
    signature: fileTemplateSchema.describe('template: the signature beside the asset'),
    certificate: fileTemplateSchema.describe("template: the signer's certificate beside the asset"),
    rekor: httpsUrlSchema.describe('the URL of the transparency log that is asked'),
    ...identityShape,
  })
  .describe("a signature over the file's digest, its certificate, and the log entry of both");

type Spec = z.output<typeof schema>;

export const cosignSignature: VerificationMethod<Spec> = {
  method: 'cosign-signature',
  schema,
  documents: (spec, { values }) => [
    { role: 'checksum', fileName: fillTemplate(spec.checksum, values), maxBytes: maxDetachedBytes },
    { role: 'signature', fileName: fillTemplate(spec.signature, values), maxBytes: maxDetachedBytes },
    { role: 'certificate', fileName: fillTemplate(spec.certificate, values), maxBytes: maxDetachedBytes },
  ],
  lookup(spec, asset, documents) {
    const detached = detachedOf(spec, asset, documents);
    // A log is asked only about what holds by itself.
    requireSignature(detached, documentOf(documents, 'signature').url);
    return {
      role: 'rekor-answer',
      url: spec.rekor + retrievePath,
      contentType: 'application/json',
      body: retrieveQuery(detached),
      maxBytes: maxAnswerBytes,
    };
  },
  terms: digestTerms,
  async judge({ spec, asset, documents, trust, now }) {
    const detached = detachedOf(spec, asset, documents);
    const { url } = documentOf(documents, 'signature');
    const { verified, bundle } = await verifyWithLog({
      detached,
      answer: documentOf(documents, 'rekor-answer').bytes,
      signer: policyOf(spec, asset.values),
      trustedRoot: await trust.trustedRoot(),
      what: url,
    });
    // Says all that the others say together, and can be verified again without the log.
    const kept: EvidenceDocument = {
      role: 'sigstore-bundle',
      url,
      digest: digestOf('sha256', bundle),
      sizeBytes: bundle.length,
      bytes: bundle,
      isKept: true,
    };
    const artifact = { ...asset.artifact, digest: detached.digest };
    return vouchedByMessage(artifact, verified, {
      documents: [kept, documentOf(documents, 'checksum')],
      verifiedAt: now,
    });
  },
};

function detachedOf(spec: Spec, asset: Asset, documents: Documents): DetachedSignature {
  const { bytes, url } = documentOf(documents, 'checksum');
  const signature = documentOf(documents, 'signature');
  return parseDetached({
    digest: checksumOf(parseChecksums(bytes, url), wantedChecksum(spec, asset, true), url),
    signature: signature.bytes,
    certificate: documentOf(documents, 'certificate').bytes,
    what: signature.url,
  });
}

/**
 * Method `cosign-key`: a checksum file, or the released file itself, signed by a pinned key of cosign's
 * (`cosign verify-blob --key --signature`): with a log, which says when it was signed and that its owner can see it, or
 * without one. Then nobody says when.
 */
import { z } from 'zod';
import type { KeyObject } from 'node:crypto';
import { nameSchema } from '../../formats/own/names.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { assertMinted } from '../../model/minted.ts';
import type { LookupNeed } from '../../model/need.ts';
import { publicGood } from '../anchors/public-good.ts';
import { maxAnswerBytes, verifyKeyedWithLog } from '../sigstore/rekor-answer.ts';
import { retrievePath, retrieveQuery, type KeyedSignature } from '../sigstore/rekor.ts';
import { authenticatedTold } from '../sigstore/vouch.ts';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { readUtf8 } from '../../formats/text/utf8.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import type { Signer } from '../../model/verification.ts';
import { cosignKey } from '../anchors/cosign-key.ts';
import { cosignKeyed } from '../by-hand.ts';
import { beside, type Asset, type Matter, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { requireDigestSignature } from '../sigstore/digest-alone.ts';
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

/** Whose signature it is. */
export const cosignKeyShape = {
  cosignKey: nameSchema.describe(
    'a trust anchor of `trust/pins.yaml`, of the type `cosign-key`, whose scope must cover what is signed',
  ),
};

const schema = z
  .strictObject({
    method: z.literal('cosign-key').describe('the kind of proof'),
    ...signedFileShape,
    signature: fileNamesSchema.describe('template: the signature beside the asset, base64'),
    ...cosignKeyShape,
    rekor: httpsUrlSchema
      .exactOptional()
      .describe('the URL of the transparency log that has the signature; without it none is asked'),
  })
  .describe("a checksum file, or the file itself, signed by a key of cosign's that is a trust anchor");

type Spec = z.output<typeof schema>;

export const cosignByKey: VerificationMethod<Spec> = {
  method: 'cosign-key',
  schema,
  async next(matter) {
    const { spec, subject, documents } = matter;
    const missing = signedFileNeeds(spec, subject, documents);
    const signature = beside(subject, signatureFile, spec.signature);
    if (missing.length > 0 || !documents.has(signature)) return [signature, ...missing];
    if (spec.rekor === undefined) return [];
    // A log is asked only about what holds by itself.
    const { keyed } = await linkSignature(matter);
    return [questionOf(spec.rekor, keyed)];
  },
  async judge(matter) {
    const { spec, subject, documents, trail, now } = matter;
    const isDirect = spec.checksums === undefined;
    const { signer, signed, keyed, key } = await linkSignature(matter);
    if (isDirect) trail.leaves(...nameOfDigest);
    else leaveRelease(trail, subject, spec.name ?? '{asset}');
    leaveSize(matter);
    const digest = await digestBySigned(matter, signed);
    const need = beside(subject, signatureFile, spec.signature);
    const logged =
      spec.rekor === undefined ? undefined : await linkLog(matter, questionOf(spec.rekor, keyed), keyed, key);
    const answers = logged === undefined ? [] : [logged.answer];
    return mintVerified(
      { ...subject.artifact, digest },
      {
        ...{ assurance: 'signed', method: 'cosign-key', digest, verifiedAt: now },
        signers: [logged === undefined ? signer : { ...signer, signedAt: logged.signedAt }],
        documents: [documents.of(need), ...answers, ...signed.documents],
        ...(logged !== undefined && { logSizes: [logged.logSize] }),
        ...(isDirect && { isDigestOnly: true }),
      },
    );
  },
};

function questionOf(rekor: string, keyed: KeyedSignature): LookupNeed {
  return {
    ...{ kind: 'lookup', role: 'rekor-answer', maxBytes: maxAnswerBytes, url: rekor + retrievePath },
    ...{ contentType: 'application/json', body: retrieveQuery(keyed) },
  };
}

async function linkLog(
  { spec, subject, documents, trust, trail }: Matter<Spec, Asset>,
  question: LookupNeed,
  keyed: KeyedSignature,
  key: KeyObject,
) {
  const answer = documents.of(question);
  const need = beside(subject, signatureFile, spec.signature);
  return trail.link(
    { from: { anchor: publicGood }, to: need, beside: [answer] },
    async () => {
      const given = {
        keyed,
        key,
        answer: answer.bytes,
        trustedRoot: await trust.trustedRoot(),
        what: need.url,
      };
      const { verified, logSize } = await verifyKeyedWithLog(given);
      return { verified, answer, logSize, signedAt: verified.signer.signedAt };
    },
    ({ verified }) => authenticatedTold(verified),
  );
}

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
      const opened = await trust.material(cosignKey, spec.cosignKey, url);
      assertMinted(opened, 'CosignKey');
      const { key, fingerprint, anchor } = opened;
      const signed = signedFileOf(spec, subject, documents);
      const { bytes, url: what } = documents.of(need);
      const der = decodeBase64((readUtf8(bytes) ?? '').replace(/\r?\n$/, ''));
      if (der === undefined || der.length === 0) {
        throw malformed(what, 'the signature is not base64 in its canonical form');
      }
      requireDigestSignature(signed.digest, der, key, what);
      const signer: Signer = { method: 'public-key', fingerprint, anchor };
      const publicKey = key.export({ type: 'spki', format: 'der' });
      return { signer, signed, key, keyed: { digest: signed.digest, signature: der, publicKey } };
    },
    ({ signer }) => ({ checks: [], signers: [signer] }),
  );
}

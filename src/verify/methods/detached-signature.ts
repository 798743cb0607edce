/**
 * A signature and the signer's certificate, as files beside what was signed (`cosign verify-blob --signature
 * --certificate`). Neither says when it was made, so that a log is asked, once both hold by themselves.
 */
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import type { Digest } from '../../model/digest.ts';
import type { DocumentKind, FileNeed, LookupNeed } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { publicGood } from '../anchors/public-good.ts';
import { once, type Chain, type Documents } from '../method.ts';
import type { CertificatePolicy } from '../sigstore/identity.ts';
import { identityShape } from './identity-spec.ts';
import { authenticatedTold } from '../sigstore/vouch.ts';
import { maxAnswerBytes, verifyWithLog, type VerifiedDetached } from '../sigstore/rekor-answer.ts';
import {
  maxDetachedBytes,
  parseDetached,
  requireSignature,
  retrievePath,
  retrieveQuery,
  type DetachedSignature,
} from '../sigstore/rekor.ts';

export const signatureFile: DocumentKind = { role: 'signature', maxBytes: maxDetachedBytes };
export const certificateFile: DocumentKind = { role: 'certificate', maxBytes: maxDetachedBytes };
const answerKind: DocumentKind = { role: 'rekor-answer', maxBytes: maxAnswerBytes };

/** Who must have signed, and the log that is asked when. */
export const loggedShape = {
  rekor: httpsUrlSchema.describe('the URL of the transparency log that is asked'),
  ...identityShape,
};

export interface DetachedSubject {
  /** Of what was signed. */
  readonly digest: Digest;
  readonly signature: FileNeed;
  readonly certificate: FileNeed;
  /** The URL of the transparency log that is asked. */
  readonly rekor: string;
  /** Of the answer's role, where a chain has other answers, too: `sbom-`. */
  readonly prefix?: string;
}

/** Throws as `parseDetached`, `requireSignature` and `verifyWithLog` do. */
export const detachedSignature: Chain<CertificatePolicy, DetachedSubject, VerifiedDetached> = {
  async next({ subject, documents, trail }) {
    const files = [subject.signature, subject.certificate];
    if (!files.every((need) => documents.has(need))) return files;
    return trail.link(
      { from: { anchor: publicGood }, to: subject.signature, beside: [subject.certificate] },
      () => {
        const detached = detachedOf(subject, documents);
        const question = questionOf(subject, detached);
        // A log is asked only about what holds by itself.
        if (!documents.has(question)) requireSignature(detached, subject.signature.url);
        return [question];
      },
      () => undefined,
    );
  },
  async judge({ spec: signer, subject, documents, trust, memo, trail }) {
    const detached = detachedOf(subject, documents);
    const answer = answerTo(subject, documents);
    const files = [subject.signature, subject.certificate].map((need) => documents.of(need).digest);
    const key = JSON.stringify(['detached', subject.digest, ...files, answer.digest, signer]);
    return trail.link(
      { from: { anchor: publicGood }, to: subject.signature, beside: [subject.certificate, answer] },
      async () => {
        const trustedRoot = await trust.trustedRoot();
        const what = subject.signature.url;
        return once(memo, key, () =>
          verifyWithLog({ detached, answer: answer.bytes, signer, trustedRoot, what }),
        );
      },
      ({ verified }) => authenticatedTold(verified),
    );
  },
};

/** What the log says, once it is at hand. */
export function answerTo(subject: DetachedSubject, documents: Documents): EvidenceDocument {
  return documents.of(questionOf(subject, detachedOf(subject, documents)));
}

function questionOf({ rekor, prefix = '' }: DetachedSubject, detached: DetachedSignature): LookupNeed {
  return {
    ...{ ...answerKind, role: prefix + answerKind.role, kind: 'lookup', url: rekor + retrievePath },
    contentType: 'application/json',
    body: retrieveQuery(detached),
  };
}

function detachedOf(
  { digest, signature, certificate }: DetachedSubject,
  documents: Documents,
): DetachedSignature {
  return parseDetached({
    digest,
    signature: documents.of(signature).bytes,
    certificate: documents.of(certificate).bytes,
    what: signature.url,
  });
}

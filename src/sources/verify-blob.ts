/**
 * A file's detached signature with its signer's short-lived certificate, as files beside it (`cosign verify-blob`).
 * Neither says when it was made: the transparency log does, and is asked, or its answer is given.
 */
import { requireSize } from '../formats/upstream/evidence-json.ts';
import type { DocumentStore } from '../model/need.ts';
import { fileNeed } from '../model/need.ts';
import type { EvidenceDocument, Verified } from '../model/verification.ts';
import { digestOf } from '../verify/digest.ts';
import { documentOf } from '../verify/evidence-document.ts';
import { trustOf } from '../verify/given-trust.ts';
import { certificateFile, detachedSignature, signatureFile } from '../verify/methods/detached-signature.ts';
import type { CertificatePolicy } from '../verify/sigstore/identity.ts';
import type { Subject } from '../verify/sigstore/subject.ts';
import type { TrustedRoot } from '../verify/sigstore/trusted-root.ts';
import { vouchedByLog, type LoggedFile } from '../verify/sigstore/verify-file.ts';
import { documentPorts, type LogFetcher } from './document-fetcher.ts';
import { Gathering } from './gather.ts';
import { UpstreamStore } from './upstream-store.ts';

export interface BlobRequest {
  /** Untrusted: base64 of the signature, as published. */
  readonly signature: Uint8Array;
  /** Untrusted: PEM, or base64 of it, as published. */
  readonly certificate: Uint8Array;
  /** What was signed: its bytes, or its digest. */
  readonly content: Uint8Array | Pick<Subject, 'digest'>;
  /** Rekor's answer, untrusted; or where to ask for it. */
  readonly rekor: { readonly answer: Uint8Array } | { readonly url: string; readonly fetcher: LogFetcher };
  /** Who must have signed, and who must have vouched for that identity: exactly. */
  readonly signer: CertificatePolicy;
  readonly trustedRoot: TrustedRoot;
  /** The time to judge by. */
  readonly now: Date;
  /** What the signature is called in messages, and as evidence: its URL or path. */
  readonly url?: string;
}

/**
 * Throws as `verifyBundle` does, VerificationError `EVIDENCE_MISSING` where the log knows of no such signature, and what
 * the fetcher throws. The log is asked only about a signature that holds by itself.
 */
export async function verifyBlob(request: BlobRequest): Promise<Verified<LoggedFile>> {
  const { content, rekor, signer, trustedRoot, now, url = 'the signature' } = request;
  const digest = content instanceof Uint8Array ? digestOf('sha256', content) : content.digest;
  const subject = {
    digest,
    signature: fileNeed(signatureFile, url),
    certificate: fileNeed(certificateFile, `${url}: its certificate`),
    // Where the answer is given, nothing is asked there.
    rekor: 'url' in rekor ? rekor.url.replace(/\/+$/, '') : '',
  };
  const read: EvidenceDocument[] = [];
  const store = givenDocuments(request, read);
  const gathering = new Gathering(store, { trust: trustOf({ trustedRoot }), now });
  const { verified } = await gathering.judge(detachedSignature, {
    spec: signer,
    subject,
    subjects: [subject],
  });
  return vouchedByLog(verified, read, now);
}

/** What was given by value, under its role; the log's answer may be asked for. */
function givenDocuments(
  { signature, certificate, rekor }: BlobRequest,
  read: EvidenceDocument[],
): DocumentStore {
  const log = 'url' in rekor ? new UpstreamStore(documentPorts(rekor.fetcher)) : undefined;
  const given: Readonly<Record<string, Uint8Array | undefined>> = {
    [signatureFile.role]: signature,
    [certificateFile.role]: certificate,
    'rekor-answer': 'answer' in rekor ? rekor.answer : undefined,
  };
  return {
    async read(need) {
      const { role, url } = need;
      const bytes = given[role] ?? (await log?.read(need))?.bytes;
      if (bytes === undefined) throw new TypeError(`nobody gave the ${role}`);
      if ('maxBytes' in need) requireSize(bytes, need.maxBytes, url);
      read.push(documentOf(role, url, bytes));
      return { bytes };
    },
  };
}

/**
 * A file and what Sigstore's signers say of it, from bytes to `Verified`: bundles with a signature over it, bundles with
 * a statement about it (in-toto), and detached signatures that a log knows. Nothing here asks a network: what verifies is
 * in the bundle and in the trusted root.
 */
import type { Statement } from '../../formats/upstream/in-toto.ts';
import type { Digest } from '../../model/digest.ts';
import type { EvidenceDocument, LogSize, Verified } from '../../model/verification.ts';
import { documentOf } from '../evidence-document.ts';
import { mintVerified } from '../mint.ts';
import { anyOf } from './any-of.ts';
import { bundleFile, findBundles } from './bundle-file.ts';
import type { SignerPolicy } from './identity.ts';
import { namedAlgorithms, requireSubject, verifyStatement } from './in-toto.ts';
import type { VerifiedDetached } from './rekor-answer.ts';
import { digestsOf, subjectOfBytes, type Subject } from './subject.ts';
import type { TrustedRoot } from './trusted-root.ts';
import { verifyMessage, type Authenticated } from './verify-bundle.ts';

export interface BundleRequest {
  /** Untrusted: a bundle as JSON (version 0.1 to 0.3, or of cosign before it), or several, one a line. */
  readonly bundle: Uint8Array;
  /** What is to be vouched for: its bytes, or its digest with a way to read it where that is too large for memory. */
  readonly content: Uint8Array | Subject;
  /** Who must have signed: an identity and its issuer, exactly, or a key. */
  readonly signer: SignerPolicy;
  readonly trustedRoot: TrustedRoot;
  /** The time to judge by. What was signed when is the log's and the timestamp authority's word, never the clock's. */
  readonly now: Date;
  /** What the bundle is called in messages, and as evidence: its URL or path. */
  readonly url?: string;
}

/** A file that somebody signed. */
export interface SignedFile {
  readonly digest: Digest;
}

/**
 * A bundle with a signature over a file. Of several, one that vouches is enough.
 *
 * Throws VerificationError: `DIGEST_MISMATCH` for another file, `SUBJECT_MISMATCH` for another log entry,
 * `SIGNER_UNTRUSTED` (identity, issuer, chain, SCT), `SIGNATURE_INVALID`, `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED` (also
 * for a bundle with a statement: see `verifyAttestation`), `ALGORITHM_REFUSED`, `LIMIT_EXCEEDED`, and `METADATA_EXPIRED`
 * or `METADATA_FROM_FUTURE` for a certificate that was not valid when it signed.
 */
export async function verifyBundle(request: BundleRequest): Promise<Verified<SignedFile>> {
  const { signer, trustedRoot } = request;
  const subject = subjectOf(request.content);
  const { verified, document } = await anyOf(bundlesOf(request), async (unread) => ({
    verified: await verifyMessage({ bundle: unread.read(), signer, trustedRoot, subject }),
    document: documentOf(bundleFile.role, unread.what, unread.bytes),
  }));
  const { digest } = subject;
  return vouched({ digest }, verified, { assurance: 'signed', documents: [document], now: request.now });
}

export interface AttestationRequest extends BundleRequest {
  /** What the statement may say, by URI: `https://slsa.dev/provenance/v1`. `any` for who reads it themselves. */
  readonly predicateTypes: readonly [string, ...string[]] | 'any';
  /** What the statement must call the file; its digest alone is asked for unless given. */
  readonly subjectName?: string;
}

/** A file, and what its signer says of it. */
export interface AttestedFile extends SignedFile {
  readonly statement: Statement;
}

/**
 * A bundle with a signed statement that is about a file. Of several, one that vouches is enough.
 *
 * Throws as `verifyBundle` does, and VerificationError `SUBJECT_MISMATCH` for a statement of another type or about other
 * files, and `DIGEST_MISMATCH` where it names the file with another digest.
 */
export async function verifyAttestation(request: AttestationRequest): Promise<Verified<AttestedFile>> {
  const { signer, trustedRoot, predicateTypes, subjectName: name } = request;
  const subject = subjectOf(request.content);
  const { statement, document } = await anyOf(
    bundlesOf(request),
    async (unread) => ({
      statement: await verifyStatement({ bundle: unread.read(), signer, trustedRoot, predicateTypes }),
      document: documentOf(bundleFile.role, unread.what, unread.bytes),
    }),
    {
      accept: async ({ statement }) => {
        const digests = await digestsOf(subject, namedAlgorithms(statement, name));
        requireSubject(statement, { digest: subject.digest, digests, name });
      },
    },
  );
  const attested = { digest: subject.digest, statement: statement.statement };
  return vouched(attested, statement, { assurance: 'attested', documents: [document], now: request.now });
}

/** A file with a detached signature that a log knows. */
export interface LoggedFile extends SignedFile {
  /** A bundle that says the same, and verifies without asking the log again: `verifyBundle`. */
  readonly bundle: Uint8Array;
}

/** A signature that `verifyWithLog` has verified; `documents`: what it was made of. */
export function vouchedByLog(
  { verified, bundle, logSize }: VerifiedDetached,
  documents: readonly EvidenceDocument[],
  now: Date,
): Verified<LoggedFile> {
  const { digest } = verified;
  return vouched({ digest, bundle }, verified, { assurance: 'signed', documents, now, logSizes: [logSize] });
}

interface Vouching {
  readonly assurance: 'signed' | 'attested';
  readonly documents: readonly EvidenceDocument[];
  readonly now: Date;
  readonly logSizes?: readonly LogSize[];
}

function vouched<T extends SignedFile>(
  subject: T,
  { signer }: Authenticated,
  { assurance, documents, now, logSizes }: Vouching,
): Verified<T> {
  return mintVerified(subject, {
    ...{
      assurance,
      method: 'sigstore',
      signers: [signer],
      documents,
      verifiedAt: now,
      digest: subject.digest,
    },
    ...(logSizes !== undefined && { logSizes }),
    // A signature over bytes says nothing of what they are called.
    ...(assurance === 'signed' && { isDigestOnly: true as const }),
  });
}

function subjectOf(content: Uint8Array | Subject): Subject {
  return content instanceof Uint8Array ? subjectOfBytes(content) : content;
}

function bundlesOf({ bundle, url = 'the bundle' }: BundleRequest) {
  return findBundles(bundle, url);
}

/**
 * Where a Sigstore chain ends in a verified artifact: its digest was signed itself, or stands in a signed statement
 * beside its name.
 */
import { checksumOf, parseChecksums, type WantedChecksum } from '../../formats/upstream/checksums.ts';
import type { Artifact } from '../../model/artifact.ts';
import { digestAlgorithm } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { assertMinted } from '../../model/minted.ts';
import type {
  Assurance,
  EvidenceDocument,
  LogSize,
  Signer,
  VerificationResult,
  Verified,
} from '../../model/verification.ts';
import { digestOf } from '../digest.ts';
import { mintVerified } from '../mint.ts';
import type { Told } from '../trail.ts';
import { requireSubject, type VerifiedStatement } from './in-toto.ts';
import type { Authenticated, VerifiedMessage } from './verify-bundle.ts';

export interface Vouching {
  /** From the anchor's end of the chain to the artifact's. */
  readonly documents: readonly EvidenceDocument[];
  /** The time of this run. */
  readonly verifiedAt: Date;
  readonly isDigestOnly?: true;
  readonly logSizes?: readonly LogSize[];
}

/**
 * Of the artifact, the digest alone was signed. Throws VerificationError `DIGEST_MISMATCH` where the artifact is not
 * the one that was signed.
 */
export function vouchedByMessage(
  artifact: Artifact,
  message: VerifiedMessage,
  vouching: Vouching,
): Verified<Artifact> {
  assertMinted(message, 'VerifiedMessage');
  if (artifact.digest !== message.digest) {
    throw new VerificationError(
      'DIGEST_MISMATCH',
      `${artifact.name} has the digest ${artifact.digest}, and ${message.digest} was signed`,
    );
  }
  return mintVouched(artifact, 'signed', message, { ...vouching, isDigestOnly: true });
}

/** `fileName`: what the statement calls it. Throws as `requireSubject` does. */
export function vouchedByStatement(
  artifact: Artifact,
  fileName: string,
  statement: VerifiedStatement,
  vouching: Vouching,
): Verified<Artifact> {
  requireSubject(statement, { digest: artifact.digest, name: fileName });
  return mintVouched(artifact, 'attested', statement, vouching);
}

/**
 * `checksums`: a file that the statement is about, under its own `name`; the artifact's digest is that of its line for
 * `wanted`. Throws as `requireSubject`, `parseChecksums` and `checksumOf` do.
 */
export function vouchedByListed(
  artifact: Omit<Artifact, 'digest'>,
  { checksums: { bytes, url }, name }: { readonly checksums: EvidenceDocument; readonly name: string },
  wanted: WantedChecksum,
  statement: VerifiedStatement,
  vouching: Vouching,
): Verified<Artifact> {
  requireSubject(statement, { digest: digestOf('sha256', bytes), name });
  const digest = checksumOf(parseChecksums(bytes, url), wanted, url);
  return mintVouched({ ...artifact, digest }, 'attested', statement, vouching);
}

/**
 * `checksums`: a file that `message` signs; the artifact's digest is that of its line for `wanted`. Throws VerificationError `DIGEST_MISMATCH` where another file was signed, and as `parseChecksums` and `checksumOf` do.
 */
export function vouchedByChecksums(
  artifact: Omit<Artifact, 'digest'>,
  checksums: EvidenceDocument,
  wanted: WantedChecksum,
  message: VerifiedMessage,
  vouching: Vouching,
): Verified<Artifact> {
  assertMinted(message, 'VerifiedMessage');
  const { bytes, url } = checksums;
  const found = digestOf(digestAlgorithm(message.digest), bytes);
  if (found !== message.digest) {
    throw new VerificationError(
      'DIGEST_MISMATCH',
      `${url} has the digest ${found}, and ${message.digest} was signed`,
    );
  }
  const digest = checksumOf(parseChecksums(bytes, url), wanted, url);
  return mintVouched({ ...artifact, digest }, 'signed', message, vouching);
}

/**
 * Of an artifact whose digest alone was signed, `message` signs a document that lists it with that digest, by its name:
 * nothing is left to the word of whoever serves it. `documents`: of the second proof.
 */
export function vouchedByListing(
  byDigest: Verified<Artifact>,
  message: VerifiedMessage,
  {
    documents,
    isUpToIndex,
    logSizes = [],
  }: Pick<VerificationResult, 'documents' | 'isUpToIndex' | 'logSizes'>,
): Verified<Artifact> {
  assertMinted(byDigest, 'Verified');
  assertMinted(message, 'VerifiedMessage');
  const { subject, result } = byDigest;
  const listed = mintVouched(subject, 'signed', message, {
    documents: [...result.documents, ...documents],
    verifiedAt: result.verifiedAt,
    logSizes: [...(result.logSizes ?? []), ...logSizes],
  });
  const signers = [...result.signers, ...listed.result.signers];
  return mintVerified(subject, { ...listed.result, signers, ...(isUpToIndex && { isUpToIndex }) });
}

/** Of the link that ends in the document with the signature. */
export function authenticatedTold({ signer, checks }: Authenticated): Told {
  return { checks, signers: signer.method === 'sigstore' ? [signer] : [] };
}

/** Of the link from the signature of a digest to what has that digest. */
export function signedDigestTold({ digest }: VerifiedMessage, against: string): Told {
  return { checks: [{ check: 'signed digest', value: digest, against }] };
}

/** With the identity that vouched; for chains that end elsewhere, see `src/verify/image`. */
export function mintVouched(
  artifact: Artifact,
  assurance: Assurance,
  { signer }: Authenticated,
  vouching: Vouching,
): Verified<Artifact> {
  // A manifest names identities: a bare key is for whoever verifies by hand.
  if (signer.method === 'public-key') {
    throw new VerificationError(
      'SIGNER_UNTRUSTED',
      `${artifact.name} is vouched for by a key without identity`,
    );
  }
  const signers: readonly Signer[] = [signer];
  const { digest } = artifact;
  return mintVerified(artifact, { assurance, method: 'sigstore', signers, digest, ...vouching });
}

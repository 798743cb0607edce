/** A file's digest out of a checksum file, from bytes to `Verified`: the signature first, then the line. */
import { digestsOf, parseChecksums } from '../formats/upstream/checksums.ts';
import type { Digest } from '../model/digest.ts';
import type { EvidenceDocument, VerificationResult, Verified } from '../model/verification.ts';
import { documentOf } from './evidence-document.ts';
import { checksumFile } from './methods/checksum-file.ts';
import { openpgpSignatureFile, verifyChecksums } from './methods/openpgp-checksums.ts';
import { verifyChecksumBundles } from './methods/sigstore-checksums.ts';
import { mintVerified } from './mint.ts';
import type { Keyring } from './openpgp/keyring.ts';
import { bundleFile } from './sigstore/bundle-file.ts';
import type { SignerPolicy } from './sigstore/identity.ts';
import type { TrustedRoot } from './sigstore/trusted-root.ts';

/** Who vouches for a checksum file. There is no way to leave it out: `nobody` has to be said. */
export type ChecksumSigner =
  | {
      readonly keyring: Keyring;
      /** Untrusted: a detached signature, armored or binary. Without it, the checksum file is clearsigned. */
      readonly signature?: Uint8Array;
    }
  | {
      /** Untrusted: a Sigstore bundle, or several, one a line; one that vouches is enough. */
      readonly bundle: Uint8Array;
      readonly signer: SignerPolicy;
      readonly trustedRoot: TrustedRoot;
    }
  /** The assurance is `checksum` then: it is worth as much as the place that the file came from. */
  | 'nobody';

export interface ChecksumRequest {
  /** Untrusted: lines of sha256sum, of BSD or of OVF; or a digest alone, where nobody signs. */
  readonly checksums: Uint8Array;
  /** The file's name, as the checksum file has it. */
  readonly name: string;
  readonly signedBy: ChecksumSigner;
  /** The time to judge by. */
  readonly now: Date;
  /** What the checksum file is called in messages, and as evidence: its URL or path. */
  readonly url?: string;
}

/** A file by its name. */
export interface ListedFile {
  readonly name: string;
  /** The SHA-256 where the checksum file has one, the SHA-512 else. */
  readonly digest: Digest;
}

/**
 * Throws VerificationError: as `verifyCleartext`, `verifyDetached` and `verifyBundle` do for the signature;
 * `EVIDENCE_MISSING` where there is no line for the file, `ALGORITHM_REFUSED` where it has digests of other algorithms
 * alone, `EVIDENCE_MALFORMED` where lines contradict each other, or it is no checksum file, `LIMIT_EXCEEDED`.
 */
export async function verifyChecksum(request: ChecksumRequest): Promise<Verified<ListedFile>> {
  const { checksums: bytes, name, signedBy, now, url = 'the checksum file' } = request;
  const checksums = documentOf(checksumFile.role, url, bytes);
  const { text, ...vouched } = await authenticate(checksums, signedBy, now);
  // A digest without a name, signed, could be of any file.
  const wanted = { name, nameless: signedBy === 'nobody' };
  const [digest] = digestsOf(parseChecksums(text, url), wanted, url);
  return mintVerified({ name, digest }, { ...vouched, verifiedAt: now, digest });
}

type Vouched = Pick<VerificationResult, 'assurance' | 'method' | 'signers' | 'documents'> & {
  /** What was signed, and the only thing to parse. */
  readonly text: Uint8Array;
};

async function authenticate(checksums: EvidenceDocument, by: ChecksumSigner, now: Date): Promise<Vouched> {
  const { bytes, url } = checksums;
  if (by === 'nobody') {
    return { text: bytes, assurance: 'checksum', method: 'checksum', signers: [], documents: [checksums] };
  }
  if ('keyring' in by) {
    const beside =
      by.signature === undefined
        ? []
        : [documentOf(openpgpSignatureFile.role, `${url}: its signature`, by.signature)];
    const { text, signers } = await verifyChecksums(checksums, beside[0], by.keyring, now);
    return { text, assurance: 'signed', method: 'openpgp', signers, documents: [checksums, ...beside] };
  }
  const bundle = documentOf(bundleFile.role, `${url}: its bundle`, by.bundle);
  const { signer } = await verifyChecksumBundles(bytes, [bundle], by.signer, by.trustedRoot);
  const documents = [bundle, checksums];
  return { text: bytes, assurance: 'signed', method: 'sigstore', signers: [signer], documents };
}

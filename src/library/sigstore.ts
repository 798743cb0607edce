/**
 * Sigstore: a file by its bundle, by a signed statement about it, or by a detached signature that a log knows. No network
 * unless a log is to be asked, and then through the function that you give.
 */
export * from './common.ts';
export { verifyContent, type Content, type Digested } from '../verify/verify-content.ts';
export {
  verifyAttestation,
  verifyBundle,
  type AttestationRequest,
  type AttestedFile,
  type BundleRequest,
  type LoggedFile,
  type SignedFile,
} from '../verify/sigstore/verify-file.ts';
export { verifyBlob, type BlobRequest } from '../sources/verify-blob.ts';
export type { LogFetcher } from '../sources/document-fetcher.ts';
export type { PostRequest } from '../model/ports.ts';
export { parseTrustedRoot, type TrustedRoot } from '../verify/sigstore/trusted-root.ts';
export { readPublicKey } from '../verify/sigstore/keys.ts';
export type { CertificatePolicy, SignerPolicy } from '../verify/sigstore/identity.ts';
export type { Chunks, Subject } from '../verify/sigstore/subject.ts';
export type { Statement } from '../formats/upstream/in-toto.ts';

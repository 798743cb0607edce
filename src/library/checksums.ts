/** Checksum files, signed by OpenPGP keys or by a Sigstore bundle, or by nobody. No network. */
export * from './common.ts';
export { verifyContent, type Content, type Digested } from '../verify/verify-content.ts';
export {
  verifyChecksum,
  type ChecksumRequest,
  type ChecksumSigner,
  type ListedFile,
} from '../verify/verify-checksum.ts';
export { readKeyring, type Keyring, type KeyringFile } from '../verify/openpgp/keyring.ts';
export { parseTrustedRoot, type TrustedRoot } from '../verify/sigstore/trusted-root.ts';
export { readPublicKey } from '../verify/sigstore/keys.ts';
export type { CertificatePolicy, SignerPolicy } from '../verify/sigstore/identity.ts';

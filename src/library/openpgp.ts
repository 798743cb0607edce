/** OpenPGP: keyrings, key blocks against their pins, cleartext messages and detached signatures. No network. */
export * from './common.ts';
export { readKeyring, type Keyring, type KeyringFile } from '../verify/openpgp/keyring.ts';
export { verifyKeyBlock, type KeyBlock, type KeyPins } from '../verify/openpgp/key-block.ts';
export { verifyCleartext, verifyDetached } from '../verify/openpgp/verify-signatures.ts';
export type { KeyAlgorithm, KeyFlaw, KeyReport, SigningStatus, SubkeyReport } from '../model/openpgp-key.ts';
export type { OpenPgpSigner, WorthlessReason } from '../verify/openpgp/judge-signature.ts';
export type { IgnoredSignature, SignedText, Vouched } from '../verify/openpgp/verify-signatures.ts';

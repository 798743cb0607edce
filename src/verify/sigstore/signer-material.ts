/** What a bundle brings to tell whose signature it is: a certificate, or nothing where the key is known. */
import type { KeyObject } from 'node:crypto';
import { VerificationError } from '../../model/errors.ts';
import type { SigstoreBundle } from './bundle.ts';
import type { CertificatePolicy, SignerPolicy } from './identity.ts';
import type { TrustedRoot } from './trusted-root.ts';
import { parseCertificate, type Certificate } from './x509/certificate.ts';

/** The signer's certificate and whose it must be, or the key that is trusted. */
export type SignerMaterial =
  | { readonly type: 'certificate'; readonly certificate: Certificate; readonly policy: CertificatePolicy }
  | { readonly type: 'public-key'; readonly key: KeyObject };

/**
 * Throws VerificationError `SIGNER_UNTRUSTED` for a key where a certificate is wanted, or the other way round, and
 * `EVIDENCE_MALFORMED`.
 */
export function signerOf(
  { what, bundle }: SigstoreBundle,
  signer: SignerPolicy,
  trustedRoot: TrustedRoot,
): SignerMaterial {
  const { content } = bundle.verificationMaterial;
  if ('publicKey' in signer) {
    if (content.$case === 'publicKey') return { type: 'public-key', key: signer.publicKey };
    throw wrongMaterial(what, 'a certificate, expected the given key');
  }
  const { certificate: policy } = signer;
  switch (content.$case) {
    case 'publicKey':
      throw wrongMaterial(what, 'a bare key, expected a certificate');
    case 'x509CertificateChain':
      return {
        ...{ type: 'certificate', policy },
        certificate: certificateOf(content.x509CertificateChain.certificates, trustedRoot, what),
      };
    case 'certificate':
      return {
        type: 'certificate',
        policy,
        certificate: parseCertificate(content.certificate.rawBytes, what),
      };
  }
}

/**
 * A bundle may repeat intermediates of the trusted root, which are then ignored. A root in it is refused: upstream says
 * so too, of now (the conformance suite's `bundle-with-root-cert_fail`), although it could be ignored as well.
 */
function certificateOf(
  [leaf, ...others]: readonly { readonly rawBytes: Buffer }[],
  { certificateAuthorities }: TrustedRoot,
  what: string,
): Certificate {
  if (leaf === undefined) throw wrongMaterial(what, 'no certificate');
  for (const { rawBytes } of others) {
    const known = certificateAuthorities
      .flatMap(({ certificates }) => certificates)
      .find(({ der }) => der.equals(rawBytes));
    if (known === undefined) throw wrongMaterial(what, 'an authority of its own beside its certificate');
    if (known.subject.equals(known.issuer)) {
      throw wrongMaterial(what, 'the root of its chain, which is for the trusted root alone to name');
    }
  }
  return parseCertificate(leaf.rawBytes, what);
}

function wrongMaterial(what: string, found: string): VerificationError {
  return new VerificationError('SIGNER_UNTRUSTED', `${what} brings ${found}`, {
    hint: 'Name the identity that its certificate must have, or give the key that it was signed with.',
  });
}

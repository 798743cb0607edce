/** What assay makes of a bundle file, as `verify-bundle` asks it: the code of the refusal, or undefined. */
import { createHash } from 'node:crypto';
import { AssayError, type ErrorCode } from '../../src/model/errors.ts';
import { parseBundle } from '../../src/verify/sigstore/bundle.ts';
import { requireSubject, verifyStatement } from '../../src/verify/sigstore/in-toto.ts';
import { readPublicKey } from '../../src/verify/sigstore/keys.ts';
import { parseTrustedRoot } from '../../src/verify/sigstore/trusted-root.ts';
import type { SignerPolicy } from '../../src/verify/sigstore/identity.ts';
import { verifyMessage } from '../../src/verify/sigstore/verify-bundle.ts';

export interface BundleCase {
  readonly bundle: Uint8Array;
  readonly artifact: Uint8Array;
  readonly trustedRoot: Uint8Array;
  readonly identity: string;
  readonly issuer: string;
  /** PEM, in place of the identity. */
  readonly key?: Uint8Array | undefined;
}

export async function bundleVerdict(one: BundleCase): Promise<ErrorCode | undefined> {
  try {
    const trustedRoot = parseTrustedRoot(one.trustedRoot, 'root');
    const { identity, issuer, key } = one;
    const signer: SignerPolicy =
      key === undefined ? { certificate: { identity, issuer } } : { publicKey: readPublicKey(key, 'key') };
    const bundle = parseBundle(one.bundle, 'bundle');
    const digest = `sha256:${createHash('sha256').update(one.artifact).digest('hex')}` as const;
    if (bundle.bundle.content.$case === 'messageSignature') {
      await verifyMessage({ bundle, signer, trustedRoot, subject: { digest } });
    } else {
      const statement = await verifyStatement({ bundle, signer, trustedRoot, predicateTypes: 'any' });
      requireSubject(statement, { digest, name: undefined });
    }
    return undefined;
  } catch (error) {
    if (error instanceof AssayError) return error.code;
    throw error;
  }
}

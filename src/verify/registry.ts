/** Every verification method, by the name that the catalogue uses. The catalogue's schema follows from this list. */
import type { ZodType } from 'zod';
import { aptVerificationSchema } from './apt-spec.ts';
import { cosignImageSchema } from './image/cosign-spec.ts';
import type { VerificationMethod } from './method.ts';
import { checksum } from './methods/checksum.ts';
import { cosignSignature } from './methods/cosign-signature.ts';
import { inToto } from './methods/in-toto.ts';
import { openpgpChecksums } from './methods/openpgp-checksums.ts';
import { sigstoreBundle } from './methods/sigstore-bundle.ts';
import { sigstoreChecksums } from './methods/sigstore-checksums.ts';

// A method is generic in its own specification; the catalogue was parsed by that method's schema.
type AnyMethod = VerificationMethod<never>;

const releaseMethods: readonly AnyMethod[] = [
  cosignSignature as AnyMethod,
  inToto as AnyMethod,
  sigstoreBundle as AnyMethod,
  sigstoreChecksums as AnyMethod,
  openpgpChecksums as AnyMethod,
  checksum as AnyMethod,
];

/** Those that fit files of a release. */
export const releaseMethodNames: readonly string[] = releaseMethods.map(({ method }) => method);

export const verificationSchemas: Readonly<Record<string, ZodType>> = {
  apt: aptVerificationSchema,
  'cosign-image': cosignImageSchema,
  ...Object.fromEntries(releaseMethods.map(({ method, schema }) => [method, schema])),
};

/** The catalogue has checked the name. */
export function releaseMethod(name: string): AnyMethod {
  const found = releaseMethods.find(({ method }) => method === name);
  if (found === undefined) throw new TypeError(`no verification method ${name}`);
  return found;
}

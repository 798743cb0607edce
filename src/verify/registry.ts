/** Every verification method, by the name that the catalogue uses. The catalogue's schema follows from this list. */
import type { ZodType } from 'zod';
import type { TemplateValues } from '../formats/own/template.ts';
import { aptTerms, aptVerificationSchema } from './apt/apt-spec.ts';
import { cosignImageSchema, cosignImageTerms } from './image/cosign-spec.ts';
import type { Terms, VerificationMethod } from './method.ts';
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

export interface TermsInput {
  /** As the catalogue says it. */
  readonly verification: { readonly method: string };
  /** For its templates. */
  readonly values: TemplateValues;
  /** Of an image: it is the index that was signed. */
  readonly isIndexed: boolean;
}

/** What every judgement by this verification says. Throws VerificationError `EVIDENCE_MALFORMED`, see `Terms`. */
export function termsOf({ verification, values, isIndexed }: TermsInput): Terms {
  if (verification.method === 'apt') return aptTerms;
  if (verification.method === 'cosign-image')
    return cosignImageTerms(verification as never, values, isIndexed);
  return releaseMethod(verification.method).terms(verification as never, values);
}

/** The catalogue has checked the name. */
export function releaseMethod(name: string): AnyMethod {
  const found = releaseMethods.find(({ method }) => method === name);
  if (found === undefined) throw new TypeError(`no verification method ${name}`);
  return found;
}

/**
 * Method `in-toto`: one signed statement for all files of a release, in a Sigstore bundle. It is verified once in a
 * run; each file's digest is then what the statement says of the file's name.
 */
import { z } from 'zod';
import { listOf } from '../../formats/names.ts';
import { fileTemplateSchema, fillTemplate } from '../../formats/template.ts';
import { digestFromHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { documentOf, once, type VerificationMethod } from '../method.ts';
import { anyOf } from '../sigstore/any-of.ts';
import { maxBundleBytes, parseBundles } from '../sigstore/bundle.ts';
import { verifyStatement, type VerifiedStatement } from '../sigstore/in-toto.ts';
import { vouchedByStatement } from '../sigstore/vouch.ts';
import { identityShape, policyOf } from './identity-spec.ts';

const uriSchema = z
  .string()
  .max(500)
  .regex(/^https?:\/\/[!-z~]+$/, { error: 'must be a URI, without placeholders' });

const schema = z
  .strictObject({
    method: z.literal('in-toto').describe('the kind of proof'),
    bundle: fileTemplateSchema.describe(
      'template: a file beside the asset, with one Sigstore bundle or one a line',
    ),
    predicateTypes: listOf(uriSchema).describe('the predicates that count, as URIs'),
    ...identityShape,
  })
  .describe('a signed statement that names the file and its digest');

export const inToto: VerificationMethod<z.output<typeof schema>> = {
  method: 'in-toto',
  schema,
  documents: ({ bundle }, { values }) => [
    { role: 'attestation', fileName: fillTemplate(bundle, values), maxBytes: maxBundleBytes },
  ],
  terms: (spec, values) => ({
    assurance: 'attested',
    chain: 'sigstore',
    identity: policyOf(spec, { values }),
    documents: { attestation: 'kept' },
  }),
  async judge({ spec, asset, documents, trust, now, memo }) {
    const document = documentOf(documents, 'attestation');
    const certificate = policyOf(spec, asset);
    const trustedRoot = await trust.trustedRoot();
    const { predicateTypes } = spec;
    const key = JSON.stringify([document.digest, certificate, predicateTypes]);
    const statement = await once(memo, key, () =>
      anyOf(parseBundles(document.bytes, document.url), (bundle) =>
        verifyStatement({ bundle, signer: { certificate }, trustedRoot, predicateTypes }),
      ),
    );
    const artifact = { ...asset.artifact, digest: digestOfSubject(statement, asset.fileName) };
    return vouchedByStatement(artifact, asset.fileName, statement, {
      documents: [{ ...document, isKept: true }],
      verifiedAt: now,
    });
  },
};

/** Throws VerificationError `SUBJECT_MISMATCH` unless exactly one SHA-256 is said of the name. */
function digestOfSubject({ statement, what }: VerifiedStatement, name: string): Digest {
  const named = statement.subject.filter((subject) => subject.name === name);
  const digests = new Set(named.flatMap(({ digest }) => digest?.['sha256'] ?? []));
  const [hex, ...others] = digests;
  const digest = hex === undefined ? undefined : digestFromHex('sha256', hex);
  if (digest !== undefined && others.length === 0) return digest;
  const found = digests.size > 1 ? 'names several digests of it' : 'does not name it with a SHA-256 digest';
  throw new VerificationError('SUBJECT_MISMATCH', `${what} does not vouch for ${name}: it ${found}`, {
    hint: 'Did upstream rename the file, or attest another release?',
    context: { name },
  });
}

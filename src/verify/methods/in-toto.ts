/**
 * Method `in-toto`: signed statements about the files of a release, one for all of them or one for each, in Sigstore
 * bundles of one file. They are verified once in a run; each file's digest is then what they say of the file's name.
 */
import { z } from 'zod';
import { listOf } from '../../formats/own/names.ts';
import { fileTemplateSchema } from '../../formats/own/template.ts';
import { digestFromHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { publicGood } from '../anchors/sigstore.ts';
import { cosignStatement } from '../by-hand.ts';
import { beside, once, type Asset, type VerificationMethod } from '../method.ts';
import { allOf } from '../sigstore/any-of.ts';
import { bundleFile, findBundles } from '../sigstore/bundle-file.ts';
import { verifyStatement, type VerifiedStatement } from '../sigstore/in-toto.ts';
import { authenticatedTold, vouchedByStatement } from '../sigstore/vouch.ts';
import { misuse, sizeUnsigned, theArtifact } from '../trail.ts';
import { identityShape, identityTemplates, policyOf } from './identity-spec.ts';
import { leaveRelease } from './left-open.ts';

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

type Spec = z.output<typeof schema>;

export const inToto: VerificationMethod<Spec> = {
  method: 'in-toto',
  schema,
  next: ({ spec, subject }) => [attestationOf(spec, subject)],
  async judge({ spec, subject, documents, trust, now, memo, trail }) {
    const document = documents.of(attestationOf(spec, subject));
    const certificate = policyOf(spec, subject.values);
    const { predicateTypes } = spec;
    const key = JSON.stringify([document.digest, certificate, predicateTypes]);
    const about = await trail.link(
      { from: { anchor: publicGood }, to: document },
      async () => {
        const trustedRoot = await trust.trustedRoot();
        const statements = await once(memo, key, () =>
          allOf(findBundles(document.bytes, document.url), async (unread) =>
            verifyStatement({
              ...{ signer: { certificate }, trustedRoot, predicateTypes, comparesSource: true },
              bundle: unread.read(),
            }),
          ),
        );
        return statementAbout(subject.fileName, statements, document.url);
      },
      ({ statement }) => authenticatedTold(statement),
    );
    leaveRelease(trail, subject, '{asset}', ...identityTemplates(spec));
    trail.leaves(...misuse);
    trail.leaves(...sizeUnsigned);
    const { statement, digest } = about;
    const name = subject.fileName;
    const byHand = cosignStatement(document, statement.statement.predicateType, certificate);
    return trail.link(
      { from: document, to: theArtifact, byHand },
      () =>
        vouchedByStatement({ ...subject.artifact, digest }, name, statement, {
          documents: [document],
          verifiedAt: now,
        }),
      () => ({ checks: [{ check: 'subject', value: digest, against: `the statement's digest of ${name}` }] }),
    );
  },
};

function attestationOf({ bundle }: Spec, asset: Asset) {
  return beside(asset, { ...bundleFile, role: 'attestation' }, bundle);
}

/**
 * The first of the statements that names the file, and its digest: SHA-256 goes before SHA-512. Throws VerificationError
 * `SUBJECT_MISMATCH` unless all that name it say one and the same, so that it does not matter which stands first.
 */
function statementAbout(
  name: string,
  statements: readonly VerifiedStatement[],
  what: string,
): { readonly statement: VerifiedStatement; readonly digest: Digest } {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const named = statements.flatMap((statement) =>
      statement.statement.subject
        .filter((subject) => subject.name === name)
        .flatMap(({ digest }) => digest?.[algorithm] ?? [])
        .map((hex) => ({ statement, hex })),
    );
    const [first, ...others] = named;
    if (first === undefined) continue;
    const digest = digestFromHex(algorithm, first.hex);
    if (digest === undefined) throw notVouchedFor(name, what, 'has no digest of it that is one');
    if (others.every(({ hex }) => hex === first.hex)) return { statement: first.statement, digest };
    throw notVouchedFor(name, what, 'names several digests of it');
  }
  throw notVouchedFor(name, what, 'does not name it with a SHA-256 or SHA-512 digest');
}

function notVouchedFor(name: string, what: string, found: string): VerificationError {
  return new VerificationError('SUBJECT_MISMATCH', `${what} does not vouch for ${name}: it ${found}`, {
    hint: 'Did upstream rename the file, or attest another release?',
    context: { name },
  });
}

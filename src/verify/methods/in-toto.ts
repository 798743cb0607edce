/**
 * Method `in-toto`: signed statements about the files of a release, one for all of them or one for each, in one file:
 * Sigstore bundles, or envelopes of which the log has to be asked (slsa-github-generator's). They are verified once in a run; each file's digest is then what they say of the file's name.
 */
import { z } from 'zod';
import { listOf } from '../../formats/own/names.ts';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { digestFromHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { LookupNeed } from '../../model/need.ts';
import type { EvidenceDocument, LogSize } from '../../model/verification.ts';
import { publicGood } from '../anchors/public-good.ts';
import { cosignStatement, slsaVerified } from '../by-hand.ts';
import { beside, once, type Asset, type VerificationMethod } from '../method.ts';
import { allOf } from '../sigstore/any-of.ts';
import {
  envelopeQuery,
  parseBareEnvelope,
  requireEnvelopeSignature,
  type BareEnvelope,
} from '../sigstore/bare-envelope.ts';
import { bundleFile, findBundles, type UnreadBundle } from '../sigstore/bundle-file.ts';
import type { SigstoreBundle } from '../sigstore/bundle.ts';
import { verifyStatement, type VerifiedStatement } from '../sigstore/in-toto.ts';
import { orRefusal } from '../sigstore/refusals.ts';
import { maxAnswerBytes, verifyEnvelopeWithLog } from '../sigstore/rekor-answer.ts';
import { retrievePath } from '../sigstore/rekor.ts';
import { authenticatedTold, vouchedByStatement } from '../sigstore/vouch.ts';
import { misuse, sizeUnsigned, theArtifact } from '../trail.ts';
import { identityShape, identityTemplates, policyOf } from './identity-spec.ts';
import { leaveRelease } from './left-open.ts';

/** A generator writes one for all files. */
const maxQuestions = 8;

const uriSchema = z
  .string()
  .max(500)
  .regex(/^https?:\/\/[!-z~]+$/, { error: 'must be a URI, without placeholders' });

const schema = z
  .strictObject({
    method: z.literal('in-toto').describe('the kind of proof'),
    bundle: fileNamesSchema.describe(
      'template: a file beside the asset, with one Sigstore bundle or one a line',
    ),
    predicateTypes: listOf(uriSchema).describe('the predicates that count, as URIs'),
    rekor: httpsUrlSchema
      .exactOptional()
      .describe(
        'the URL of the transparency log that is asked about envelopes that are no bundles, as of slsa-github-generator',
      ),
    ...identityShape,
  })
  .describe('a signed statement that names the file and its digest');

type Spec = z.output<typeof schema>;

export const inToto: VerificationMethod<Spec> = {
  method: 'in-toto',
  schema,
  next({ spec, subject, documents, trail }) {
    const attestation = attestationOf(spec, subject);
    if (!documents.has(attestation)) return [attestation];
    return trail.link(
      { from: { anchor: publicGood }, to: attestation },
      () => statementsIn(spec, documents.of(attestation)).flatMap(({ logged }) => logged?.question ?? []),
      () => undefined,
    );
  },
  async judge({ spec, subject, documents, trust, now, memo, trail }) {
    const document = documents.of(attestationOf(spec, subject));
    const certificate = policyOf(spec, subject.values);
    const { predicateTypes } = spec;
    const found = await trail.link(
      { from: { anchor: publicGood }, to: document },
      () => statementsIn(spec, document),
      () => undefined,
    );
    const answers = found.flatMap(({ logged }) =>
      logged === undefined ? [] : documents.of(logged.question),
    );
    const read = [document, ...answers].map(({ digest }) => digest);
    const key = JSON.stringify([read, certificate, predicateTypes]);
    const about = await trail.link(
      { from: { anchor: publicGood }, to: document, beside: answers },
      async () => {
        const trustedRoot = await trust.trustedRoot();
        const verify = (bundle: SigstoreBundle) =>
          verifyStatement({
            ...{ signer: { certificate }, trustedRoot, predicateTypes, comparesSource: true },
            bundle,
          });
        const statements = await once(memo, key, () =>
          allOf(found, async ({ logged, read, what }): Promise<Found> => {
            if (logged === undefined) return { verified: await verify(read()) };
            const answer = documents.of(logged.question).bytes;
            return verifyEnvelopeWithLog(
              { ...{ envelope: logged.envelope, answer }, trustedRoot, what },
              verify,
            );
          }),
        );
        return statementAbout(subject.fileName, statements, document.url);
      },
      ({ statement }) => authenticatedTold(statement),
    );
    leaveRelease(trail, subject, '{asset}', ...identityTemplates(spec));
    trail.leaves(...misuse);
    trail.leaves(...sizeUnsigned);
    const { statement, logSize, digest } = about;
    const name = subject.fileName;
    const isBare = found.every(({ logged }) => logged !== undefined);
    const byHand = isBare
      ? slsaVerified(document, statement.signer)
      : cosignStatement(document, statement.statement.predicateType, certificate);
    const vouching = {
      documents: [document, ...answers],
      verifiedAt: now,
      ...(logSize && { logSizes: [logSize] }),
    };
    return trail.link(
      { from: document, to: theArtifact, byHand },
      () => vouchedByStatement({ ...subject.artifact, digest }, name, statement, vouching),
      () => ({ checks: [{ check: 'subject', value: digest, against: `the statement's digest of ${name}` }] }),
    );
  },
};

function attestationOf({ bundle }: Spec, asset: Asset) {
  return beside(asset, { ...bundleFile, role: 'attestation' }, bundle);
}

/** A statement that is not read yet. */
interface Unread extends UnreadBundle {
  /** What the log is asked, where the envelope has nothing of a log in it. */
  readonly logged?: { readonly envelope: BareEnvelope; readonly question: LookupNeed };
}

/** Throws VerificationError `LIMIT_EXCEEDED`, and as `findBundles` and `parseBareEnvelope` do. */
function statementsIn({ rekor }: Spec, { bytes, url }: EvidenceDocument): readonly Unread[] {
  const unread = findBundles(bytes, url);
  if (rekor === undefined) return unread;
  let asked = 0;
  return unread.map((one) => {
    const envelope = envelopeIn(one);
    if (envelope === undefined) return one;
    if (envelope instanceof VerificationError)
      return {
        ...one,
        read: () => {
          throw envelope;
        },
      };
    asked += 1;
    if (asked > maxQuestions) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `${url} has more than ${maxQuestions} envelopes that are no bundles`,
      );
    }
    const role = asked === 1 ? 'rekor-answer' : `rekor-answer-${String(asked)}`;
    const question: LookupNeed = {
      ...{ kind: 'lookup', role, maxBytes: maxAnswerBytes, url: rekor + retrievePath },
      ...{ contentType: 'application/json', body: envelopeQuery(envelope) },
    };
    return { ...one, logged: { envelope, question } };
  });
}

/** A log is asked only about what holds by itself; what does not spoils nothing that stands beside it. */
function envelopeIn({ bytes, what }: UnreadBundle): BareEnvelope | VerificationError | undefined {
  return orRefusal(() => {
    const envelope = parseBareEnvelope(bytes, what);
    if (envelope !== undefined) requireEnvelopeSignature(envelope);
    return envelope;
  });
}

interface Found {
  readonly verified: VerifiedStatement;
  readonly logSize?: LogSize;
}

/**
 * The first of the statements that names the file, and its digest: SHA-256 goes before SHA-512. Throws VerificationError
 * `SUBJECT_MISMATCH` unless all that name it say one and the same, so that it does not matter which stands first.
 */
function statementAbout(
  name: string,
  statements: readonly Found[],
  what: string,
): { readonly statement: VerifiedStatement; readonly logSize: LogSize | undefined; readonly digest: Digest } {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const named = statements.flatMap(({ verified, logSize }) =>
      verified.statement.subject
        .filter((subject) => subject.name === name)
        .flatMap(({ digest }) => digest?.[algorithm] ?? [])
        .map((hex) => ({ statement: verified, logSize, hex })),
    );
    const [first, ...others] = named;
    if (first === undefined) continue;
    const digest = digestFromHex(algorithm, first.hex);
    if (digest === undefined) throw notVouchedFor(name, what, 'has no digest of it that is one');
    if (others.every(({ hex }) => hex === first.hex)) {
      return { statement: first.statement, logSize: first.logSize, digest };
    }
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

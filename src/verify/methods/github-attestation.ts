/**
 * Method `github-attestation`: GitHub's artifact attestations, which the API has by the file's digest
 * (`gh attestation verify`; "Attestations" of GitHub's REST API). Whoever may write to a repository can add some: one
 * of the workflow, repository and ref that are wanted is enough, wherever it stands in the answer.
 *
 * The digest that is asked about is a checksum file's, or the file's own: it proves nothing until a statement names it.
 */
import { z } from 'zod';
import { listOf, nameSchema } from '../../formats/own/names.ts';
import {
  fileNamesSchema,
  fillTemplate,
  lacks,
  textTemplateSchema,
  writtenNameTemplateSchema,
} from '../../formats/own/template.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileNeed } from '../../model/need.ts';
import { githubSigstore } from '../anchors/github-sigstore.ts';
import { publicGood } from '../anchors/public-good.ts';
import { ghAttestation, type ByHand } from '../by-hand.ts';
import type { Asset, Matter, VerificationMethod } from '../method.ts';
import {
  attestationsNeed,
  bundleNeeds,
  verifyListed,
  type FoundStatement,
} from '../sigstore/github-attestations.ts';
import type { CertificatePolicy } from '../sigstore/identity.ts';
import { requireSubject } from '../sigstore/in-toto.ts';
import { authenticatedTold, vouchedByListed, vouchedByStatement } from '../sigstore/vouch.ts';
import { misuse, theArtifact, type HandFiles } from '../trail.ts';
import { askedAbout, wantedOf } from './asked-about.ts';
import { checksumTold } from './checksum-file.ts';
import { sourceDigestSchema } from './identity-spec.ts';
import { leaveRelease, leaveSize } from './left-open.ts';
import { signedFileNeeds } from './signed-file.ts';

const template = textTemplateSchema.refine(...lacks('kind', 'os'));

const schema = z
  .strictObject({
    method: z.literal('github-attestation').describe('the kind of proof'),
    checksums: fileNamesSchema
      .exactOptional()
      .describe(
        'template: a checksum file beside the asset, which says what digest to ask about. Without it a run reads the asset whole',
      ),
    attests: z
      .enum(['asset', 'checksums'])
      .exactOptional()
      .describe(
        'what is attested: `asset`, unless given, or `checksums`, where the checksum file itself is, and has a line for the asset',
      ),
    subject: writtenNameTemplateSchema
      .exactOptional()
      .describe(
        'template: what checksum file and statement call the file, where that is not its own name. What an attested checksum file is called itself is its own name',
      ),
    githubRoot: nameSchema
      .exactOptional()
      .describe(
        "a trust anchor of `trust/pins.yaml`, of the type `github-sigstore`: GitHub's own Sigstore, which signs for private repositories, in place of the public one",
      ),
    predicateTypes: listOf(httpsUrlSchema).describe('the predicates that count, as URIs'),
    workflow: template.describe(
      'template: the workflow that signed. With a ref behind `@` it is the identity exactly; without, its ref may be any, as of a reusable workflow',
    ),
    issuer: httpsUrlSchema.describe(
      'the URL of who vouched for that identity, exactly: `https://token.actions.githubusercontent.com`',
    ),
    sourceRepository: httpsUrlSchema
      .refine((url) => repositoryOf(url) !== undefined, { error: 'must be https://github.com/OWNER/NAME' })
      .describe('the repository that the workflow ran for, exactly; its attestations are asked for'),
    sourceRef: template.describe(
      'template: the branch or tag that the workflow ran for, exactly, such as `refs/tags/v{version}`: nothing else binds the file to its release',
    ),
    sourceDigest: sourceDigestSchema.exactOptional(),
  })
  .refine(({ attests, checksums }) => attests !== 'checksums' || checksums !== undefined, {
    path: ['checksums'],
    error: 'is missing: which checksum file is attested?',
  })
  .describe("a signed statement about the file, which GitHub's API has by its digest");

type Spec = z.output<typeof schema>;

function repositoryOf(url: string): string | undefined {
  return /^https:\/\/github\.com\/([A-Za-z0-9-]+\/(?!\.{1,2}$)[A-Za-z0-9._-]+)$/.exec(url)?.[1];
}

export const githubAttestation: VerificationMethod<Spec> = {
  method: 'github-attestation',
  schema,
  next({ spec, subject, documents, trail }) {
    const missing = signedFileNeeds(spec, subject, documents);
    if (missing.length > 0) return missing;
    const need = answerNeed(spec, askedAbout(spec, subject, documents).digest);
    if (!documents.has(need)) return [need];
    return trail.link(
      { from: { anchor: anchorOf(spec) }, to: need },
      () => bundleNeeds(need, documents),
      () => undefined,
    );
  },
  async judge(matter) {
    const { spec, subject, documents, now, trail } = matter;
    const asked = askedAbout(spec, subject, documents);
    const { digest, name } = asked;
    const need = answerNeed(spec, digest);
    const found = await trail.link(
      { from: { anchor: anchorOf(spec) }, to: need },
      () => statementAbout(matter, digest, name),
      ({ statement }) => authenticatedTold(statement),
    );
    leaveRelease(trail, subject, spec.subject ?? '{asset}', spec.workflow, spec.sourceRef);
    trail.leaves(...misuse);
    leaveSize(matter);
    const { statement } = found;
    const vouching = { documents: [...found.documents, ...asked.documents], verifiedAt: now };
    const told = {
      checks: [{ check: 'subject', value: digest, against: `the statement's digest of ${name}` }],
    };
    const [checksums] = asked.documents;
    if (spec.attests !== 'checksums') {
      return trail.link(
        { from: need, to: theArtifact, byHand: byHand(spec, found, (files) => files.artifact()) },
        () => vouchedByStatement({ ...subject.artifact, digest }, name, statement, vouching),
        () => told,
      );
    }
    const wanted = wantedOf(spec, subject);
    await trail.link(
      { from: need, to: checksums, byHand: byHand(spec, found, (files) => files.document(checksums)) },
      () => {
        requireSubject(statement, { digest, name });
      },
      () => told,
    );
    return trail.link(
      { from: checksums, to: theArtifact },
      () => vouchedByListed(subject.artifact, { checksums, name }, wanted, statement, vouching),
      (verified) => checksumTold(checksums, wanted, verified.subject.digest),
    );
  },
};

/** Whose word counts: what a bundle brings decides nothing about it. */
function anchorOf({ githubRoot }: Spec): string {
  return githubRoot ?? publicGood;
}

function answerNeed({ sourceRepository }: Spec, digest: Digest): FileNeed {
  return attestationsNeed(repositoryOf(sourceRepository) ?? '', digest);
}

interface Found extends FoundStatement {
  readonly policy: CertificatePolicy;
}

async function statementAbout(
  { spec, subject, documents, trust }: Matter<Spec, Asset>,
  digest: Digest,
  name: string,
): Promise<Found> {
  const { githubRoot, predicateTypes } = spec;
  const trustedRoot =
    githubRoot === undefined ? await trust.trustedRoot() : await trust.material(githubSigstore, githubRoot);
  const policy = policyFor(spec, subject);
  const found = await verifyListed(answerNeed(spec, digest), documents, {
    ...{ trustedRoot, certificate: policy, predicateTypes },
    accept: (statement) => requireSubject(statement, { digest, name }),
    none: () => noneOf(spec, digest),
  });
  return { ...found, policy };
}

function noneOf({ sourceRepository }: Spec, digest: Digest): VerificationError {
  return new VerificationError(
    'EVIDENCE_MISSING',
    `${sourceRepository} has no attestation of ${digest} on GitHub`,
    { hint: 'Does this release have attestations, and is the file as it was built?' },
  );
}

function policyFor(spec: Spec, { values }: Asset): CertificatePolicy {
  const { issuer, sourceRepository, sourceDigest } = spec;
  const [identity, sourceRef] = [fillTemplate(spec.workflow, values), fillTemplate(spec.sourceRef, values)];
  return { identity, issuer, sourceRepository, sourceRef, sourceDigest };
}

function byHand(
  { sourceRepository }: Spec,
  { policy, statement: { statement, signer } }: Found,
  attested: (files: HandFiles) => string,
): ByHand {
  const { predicateType } = statement;
  const identity = signer.method === 'sigstore' ? signer.identity : policy.identity;
  const repository = repositoryOf(sourceRepository) ?? '';
  return ghAttestation({ repository, predicateType }, { ...policy, identity }, attested);
}

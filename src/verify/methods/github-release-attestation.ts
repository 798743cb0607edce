/**
 * Method `github-release-attestation`: what GitHub signs of an immutable release, when it is published (`gh release
 * verify-asset`; in-toto's predicate "Release"): its repository and tag, and each file by name and digest. GitHub's own
 * Sigstore signs it, as GitHub's service for releases; no workflow has a part in it.
 *
 * The API has it by the object that the tag names. What says which object that is, is nobody's word, and needs to be none:
 * repository, tag, name and digest are in the statement.
 */
import { z } from 'zod';
import { nameSchema } from '../../formats/own/names.ts';
import { checkEvidence, parseEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileNeed } from '../../model/need.ts';
import { githubSigstore } from '../anchors/github-sigstore.ts';
import type { Asset, Documents, Matter, VerificationMethod } from '../method.ts';
import {
  attestationsNeed,
  bundleNeeds,
  verifyListed,
  type FoundStatement,
} from '../sigstore/github-attestations.ts';
import type { VerifiedStatement } from '../sigstore/in-toto.ts';
import { authenticatedTold, vouchedByStatement } from '../sigstore/vouch.ts';
import { nothingNewer, theArtifact } from '../trail.ts';
import { githubApi, githubAssetOf, type GithubAsset } from './github-asset.ts';
import { leaveSize } from './left-open.ts';

const schema = z
  .strictObject({
    method: z.literal('github-release-attestation').describe('the kind of proof'),
    githubRoot: nameSchema.describe('a trust anchor of `trust/pins.yaml`, of the type `github-sigstore`'),
  })
  .describe("GitHub's signed statement about an immutable release and its files");

type Spec = z.output<typeof schema>;

/** Both name repository and tag in `purl`. */
const predicateTypes = [
  'https://in-toto.io/attestation/release/v0.1',
  'https://in-toto.io/attestation/release/v0.2',
];

/** GitHub's service for releases; its certificates name no identity provider. */
const releases = { identity: 'https://dotcom.releases.github.com', issuer: undefined };

const refSchema = z.object({
  object: z.object({ sha: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/) }),
});

const predicateSchema = z.object({
  purl: z.string(),
  repository: z.string().exactOptional(),
  tag: z.string().exactOptional(),
});

export const githubReleaseAttestation: VerificationMethod<Spec> = {
  method: 'github-release-attestation',
  schema,
  next({ spec, subject, documents, trail }) {
    const asset = githubAssetOf(subject);
    const ref = refNeed(asset);
    if (!documents.has(ref)) return [ref];
    const need = answerNeed(asset, documents);
    if (!documents.has(need)) return [need];
    return trail.link(
      { from: { anchor: spec.githubRoot }, to: need },
      () => bundleNeeds(need, documents),
      () => undefined,
    );
  },
  async judge(matter) {
    const { spec, subject, documents, trail, now } = matter;
    const asset = githubAssetOf(subject);
    const need = answerNeed(asset, documents);
    const {
      statement,
      documents: read,
      digest,
    } = await trail.link(
      { from: { anchor: spec.githubRoot }, to: need, beside: [documents.of(refNeed(asset))] },
      () => statementAbout(matter, asset, need),
      ({ statement }) => authenticatedTold(statement),
    );
    trail.leaves(
      'who built it',
      'GitHub vouches for what was published under this tag, and that nobody can replace it since',
    );
    trail.leaves(...nothingNewer);
    leaveSize(matter);
    const vouching = { documents: [...read, documents.of(refNeed(asset))], verifiedAt: now };
    return trail.link(
      { from: need, to: theArtifact },
      () => vouchedByStatement({ ...subject.artifact, digest }, subject.fileName, statement, vouching),
      () => ({
        checks: [
          { check: 'release', value: `${asset.repository} ${asset.tag}`, against: 'the statement' },
          { check: 'subject', value: digest, against: `the statement's digest of ${subject.fileName}` },
        ],
      }),
    );
  },
};

function refNeed(asset: GithubAsset): FileNeed {
  const kind = { role: 'github-ref', maxBytes: 64 << 10 } as const;
  const url = githubApi(asset, 'git/ref/tags/', asset.tag);
  return { kind: 'file', ...kind, url, isRevalidated: true, withUserToken: true };
}

/** By the object's hash, which is SHA-1, or SHA-256 in a repository of that format. */
function answerNeed(asset: GithubAsset, documents: Documents): FileNeed {
  const need = refNeed(asset);
  const { bytes, url } = documents.of(need);
  const { sha } = parseEvidenceJson(refSchema, bytes, url, { maxBytes: need.maxBytes }).object;
  return attestationsNeed(asset.repository, `sha${sha.length === 40 ? '1' : '256'}:${sha}`, 'release');
}

interface Found extends FoundStatement {
  readonly digest: Digest;
}

async function statementAbout(
  { spec, subject, documents, trust }: Matter<Spec, Asset>,
  asset: GithubAsset,
  need: FileNeed,
): Promise<Found> {
  const found = await verifyListed(need, documents, {
    trustedRoot: await trust.material(githubSigstore, spec.githubRoot),
    ...{ certificate: releases, predicateTypes },
    accept: (statement) => digestIn(statement, asset, subject.fileName),
    none: () =>
      new VerificationError(
        'EVIDENCE_MISSING',
        `GitHub has no attestation of the release ${asset.tag} of ${asset.repository}`,
        { hint: 'Only immutable releases have one.' },
      ),
  });
  return { ...found, digest: digestIn(found.statement, asset, subject.fileName) };
}

/** Throws VerificationError `RELEASE_MISMATCH`, `SUBJECT_MISMATCH`, `EVIDENCE_MALFORMED`. */
function digestIn({ statement, what }: VerifiedStatement, asset: GithubAsset, fileName: string): Digest {
  requireRelease(statement.predicate, asset, what);
  const digests = statement.subject
    .filter(({ name }) => name === fileName)
    .map(({ digest }) => digest?.['sha256']);
  const [hex = '', ...others] = new Set(digests);
  if (others.length > 0 || !/^[0-9a-f]{64}$/.test(hex)) {
    throw new VerificationError('SUBJECT_MISMATCH', `${what} has no one SHA-256 of ${fileName}`, {
      hint: 'Was the file in the release when it was published?',
    });
  }
  return `sha256:${hex}`;
}

/** As package URLs have them; GitHub takes names of repositories in letters of either case. */
function requireRelease(predicate: unknown, { repository, tag }: GithubAsset, what: string): void {
  const said = checkEvidence(predicateSchema, predicate, `${what}: its predicate`);
  const [, ofRepository = '', ofTag = ''] = /^pkg:github\/([^@]+)@(.+)$/.exec(said.purl) ?? [];
  const isRepository = [ofRepository, said.repository ?? ofRepository].every(
    (one) => one.toLowerCase() === repository.toLowerCase(),
  );
  const isTag = [tag, encodeURIComponent(tag)].includes(ofTag) && (said.tag ?? tag) === tag;
  if (isRepository && isTag) return;
  throw new VerificationError(
    'RELEASE_MISMATCH',
    `${what} is about the release ${JSON.stringify(said.purl)}, expected ${tag} of ${repository}`,
    { context: { expected: { repository, tag }, found: said } },
  );
}

/**
 * Method `github-digest`: what GitHub's API says that a released file's digest is ("Get a release by tag name" of its REST
 * API), where there is nothing else. GitHub computes it of each file that is uploaded, since June 2025.
 *
 * It is the host's word, over TLS, and no more than a checksum file: so it takes a written reason, and the source refuses
 * it through a mirror (`UNTRUSTED_MIRROR`). That a release is immutable is the same host's word: its files cannot be
 * replaced then. What GitHub signs about such a release is another matter (`github-attestation`).
 */
import { z } from 'zod';
import { parseEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import { isDigest, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileNeed } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { sameDigest } from '../by-hand.ts';
import { documentOf } from '../evidence-document.ts';
import type { Asset, VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { nothingNewer, theArtifact, type Told } from '../trail.ts';
import { unsignedReason } from './checksum.ts';
import { githubApi, githubAssetOf } from './github-asset.ts';

/** Of a thousand files, which is GitHub's limit, each with its uploader. */
const maxReleaseBytes = 8 << 20;

/** Of the API's answer about a release. */
export const releaseRole = 'github-release';

const schema = z
  .strictObject({
    method: z.literal('github-digest').describe('the kind of proof'),
    immutable: z
      .literal(true)
      .exactOptional()
      .describe(
        '`true`: GitHub must say that the release is immutable, so that its files cannot be replaced',
      ),
    reason: unsignedReason,
  })
  .describe("the digest that GitHub's API has of a release's file: the word of the host, over TLS");

type Spec = z.output<typeof schema>;

/** What matters of an answer; there is much more in it, and it changes with each download. */
const releaseSchema = z.object({
  tag_name: z.string(),
  draft: z.boolean(),
  immutable: z.boolean().exactOptional(),
  assets: z
    .array(
      z.object({
        name: z.string(),
        state: z.string(),
        size: z.int().min(0),
        digest: z.string().nullish(),
      }),
    )
    .max(5000),
});

type ApiRelease = z.output<typeof releaseSchema>;

export const githubDigest: VerificationMethod<Spec> = {
  method: 'github-digest',
  schema,
  next: ({ subject }) => [releaseOf(subject).need],
  async judge({ spec, subject, documents, now, trail }) {
    const { need, tag } = releaseOf(subject);
    const origin = new URL(need.url).host;
    const { release, kept } = await trail.link(
      { from: { origin }, to: need },
      () => readRelease(documents.of(need), subject.fileName),
      () => ({ checks: [] }),
    );
    const digest = await trail.link(
      { from: need, to: theArtifact },
      () => {
        requireRelease(release, tag, spec, need.url);
        return digestOf(release, subject, need.url);
      },
      (found) => told(release, found, subject),
    );
    trail.leaves(`that the publisher vouches for it, and not only ${origin}`, spec.reason);
    trail.leaves(...nothingNewer);
    const vouched = { signers: [], documents: [kept], verifiedAt: now, digest };
    return mintVerified(
      { ...subject.artifact, digest },
      { assurance: 'checksum', method: 'checksum', ...vouched },
    );
  },
};

/** Throws as `githubAssetOf` does. */
function releaseOf(asset: Asset): { readonly need: FileNeed; readonly tag: string } {
  const found = githubAssetOf(asset);
  const url = githubApi(found, `releases/tags/${encodeURIComponent(found.tag)}`);
  const kind = { role: releaseRole, maxBytes: maxReleaseBytes } as const;
  return { need: { kind: 'file', ...kind, url, isRevalidated: true, withUserToken: true }, tag: found.tag };
}

/** The answer, and what of it is kept: the file that was asked for. Throws as `parseEvidenceJson` does. */
function readRelease({ role, url, bytes }: EvidenceDocument, fileName: string) {
  const answer = parseEvidenceJson(releaseSchema, bytes, url, { maxBytes: maxReleaseBytes });
  const release = { ...answer, assets: answer.assets.filter(({ name }) => name === fileName) };
  return { release, kept: documentOf(role, url, Buffer.from(`${JSON.stringify(release)}\n`)) };
}

/** Throws VerificationError `RELEASE_MISMATCH`, `EVIDENCE_MISSING`. */
function requireRelease(
  { tag_name: found, draft, immutable }: ApiRelease,
  tag: string,
  spec: Spec,
  url: string,
) {
  if (found !== tag || draft) {
    const what = draft ? 'a draft' : `the release ${JSON.stringify(found)}`;
    throw new VerificationError('RELEASE_MISMATCH', `${url} is ${what}, expected the release ${tag}`, {
      context: { expected: tag, found },
    });
  }
  if (spec.immutable !== true || immutable === true) return;
  throw new VerificationError('EVIDENCE_MISSING', `${url} does not say that the release is immutable`, {
    hint: 'Its files can be replaced. Leave "immutable" out of the catalogue, if that is to be accepted.',
  });
}

/**
 * Throws VerificationError `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED` for two of one name, `ALGORITHM_REFUSED`,
 * `SIZE_MISMATCH`.
 */
function digestOf({ assets }: ApiRelease, { fileName, artifact }: Asset, url: string): Digest {
  const [asset, ...others] = assets.filter(({ state }) => state === 'uploaded');
  if (asset === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${url} has no file ${fileName} that is uploaded`);
  }
  if (others.length > 0) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${url} has two files ${fileName}`);
  }
  const { digest, size } = asset;
  if (digest === null || digest === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${url} has no digest of ${fileName}`, {
      hint: 'Files that were uploaded before June 2025 have none. Pin it in the catalogue, then: "method: pinned".',
    });
  }
  if (!isDigest(digest) || !digest.startsWith('sha256:')) {
    throw new VerificationError(
      'ALGORITHM_REFUSED',
      `${url} has the digest ${digest} of ${fileName}, expected sha256`,
    );
  }
  if (size !== artifact.sizeBytes) {
    throw new VerificationError(
      'SIZE_MISMATCH',
      `${artifact.url} has ${String(artifact.sizeBytes)} bytes, and ${String(size)} by ${url}`,
      { context: { expected: size, found: artifact.sizeBytes } },
    );
  }
  return digest;
}

function told({ immutable }: ApiRelease, digest: Digest, { artifact, fileName }: Asset): Told {
  const against = `what GitHub says of ${fileName}`;
  const checks = [
    { check: 'digest', value: digest, against },
    { check: 'size', value: `${String(artifact.sizeBytes)} bytes`, against },
  ];
  const isImmutable = { check: 'immutable', value: 'yes', against: 'what GitHub says of the release' };
  return {
    checks: immutable === true ? [...checks, isImmutable] : checks,
    byHand: sameDigest(theArtifact, digest),
  };
}

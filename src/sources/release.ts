/**
 * Released files: what all sources of them share. Version -> asset -> the documents that vouch for it -> judgement;
 * documents are fetched once in a run, however many assets they cover.
 */
import { allowsVersion, requireAge } from './version-policy.ts';
import type { Artifact, ArtifactType } from '../model/artifact.ts';
import { archiveTypes } from '../model/artifact.ts';
import {
  AssayError,
  PolicyError,
  TransportError,
  VerificationError,
  type VerificationCode,
} from '../model/errors.ts';
import type { Verified } from '../model/verification.ts';
import { failed } from './failed.ts';
import { latestOf } from './latest-of.ts';
import { Gathering } from './gather.ts';
import { assetOf, verifyAsset, type Release, type ReleaseRequest } from './release-reader.ts';
import type { GithubRelease, ReleaseEntry } from './release-spec.ts';
import type { Expectation, Known, Resolution, SourceContext, SourceResult, Wanted } from './source.ts';
import { UpstreamStore } from './upstream-store.ts';
import { withHostsWord } from '../verify/witnesses.ts';

/** A package has a source of its own kind. */
export const releaseArtifactTypes: readonly ArtifactType[] = [
  ...(['binary', 'tar.gz', 'qcow2'] as const),
  ...archiveTypes,
];

export interface ReleaseFinder {
  /** What upstream has by policy, for these requests. Asked once. */
  find(requests: readonly ReleaseRequest[]): Promise<Release>;
  /** A version that is in use. */
  at(version: string): Release;
}

/** Resolves all requests against one release. */
export async function resolveRelease(
  finder: ReleaseFinder,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<SourceResult<ReleaseEntry>> {
  const answers = await resolveNewest(finder, requests, context).catch((error: unknown) =>
    requests.map((request): Answer => ({ request, resolution: failed(error) })),
  );
  reportTooYoung(answers, context);
  const kept = await Promise.all(answers.map((answer) => keepIfTooYoung(answer, finder, context)));
  return {
    resolutions: new Map(kept.map(({ request, resolution }) => [request, resolution])),
    metadataDates: new Map(),
  };
}

/** Of one file of a release, whose versions the source allows or not. */
export function expectRelease(
  { ordering = 'semver', ...versions }: Pick<GithubRelease, 'ordering' | 'versions' | 'version'>,
  release: Release,
  wanted: Wanted<ReleaseEntry>,
  { sizeBytes }: Known,
): Expectation {
  const subject = assetOf(wanted, release, sizeBytes);
  return {
    subject,
    url: subject.artifact.url,
    places: [release.folder(wanted.platform.arch)],
    watermark: release.watermark,
    isAllowed: allowsVersion(ordering, versions, release.version),
  };
}

interface Answer {
  readonly request: ReleaseRequest;
  readonly resolution: Resolution;
}

async function resolveNewest(
  finder: ReleaseFinder,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<readonly Answer[]> {
  const release = await finder.find(requests);
  const answers = await resolveAt(release, requests, context);
  const fault = ageFault(release, answers, context);
  if (fault === undefined) return answers;
  return answers.map((answer) =>
    answer.resolution.status === 'resolved' ? { ...answer, resolution: failed(fault) } : answer,
  );
}

async function resolveAt(
  release: Release,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<readonly Answer[]> {
  const gathering = new Gathering(new UpstreamStore(context), context);
  return Promise.all(
    requests.map(async (request) => ({
      request,
      resolution: await resolveOne(release, request, gathering, context),
    })),
  );
}

async function resolveOne(
  release: Release,
  request: ReleaseRequest,
  gathering: Gathering,
  context: SourceContext,
): Promise<Resolution> {
  const { watermark, hostDigest } = release;
  if (JSON.stringify(request.watermark) === JSON.stringify(watermark)) return { status: 'current' };
  try {
    const { fileName, anchors, ...judged } = await verifyAsset(request, release, gathering, context);
    const verified = withHostsWord(judged.verified, hostDigest?.(fileName));
    return { status: 'resolved', verified, anchors, watermark };
  } catch (error) {
    return failed(withWayOut(error, release));
  }
}

/** What upstream itself can have published badly; the rest is not mended by another version. */
const publishers: ReadonlySet<string> = new Set<VerificationCode>([
  ...(['SIGNATURE_INVALID', 'SUBJECT_MISMATCH', 'DIGEST_MISMATCH', 'ALGORITHM_REFUSED'] as const),
  ...(['EVIDENCE_MISSING', 'EVIDENCE_MALFORMED'] as const),
]);

/** One bad file of a release must not keep everything else from moving on: there is a version before it. */
function withWayOut(error: unknown, { wayOut, version }: Release): unknown {
  if (wayOut === undefined || !(error instanceof AssayError)) return error;
  const { code, message, context, cause } = error;
  const more = `If upstream published ${version} so, go on without it: ${wayOut}`;
  const details = { hint: error.hint === undefined ? more : `${error.hint} ${more}`, context, cause };
  if (error instanceof VerificationError && publishers.has(code)) {
    return new VerificationError(error.code, message, details);
  }
  return code === 'NOT_FOUND' ? new TransportError(code, message, details) : error;
}

/** A release is as young as its youngest signature, by the log's clock: OpenPGP's times are the signer's own. */
function ageFault(
  { version, tag, agePolicy, watermark }: Release,
  answers: readonly Answer[],
  { now }: SourceContext,
): PolicyError | undefined {
  const verified = answers.flatMap(({ resolution: one }) =>
    one.status === 'resolved' ? [one.verified] : [],
  );
  if (agePolicy === undefined || verified.length === 0) return undefined;
  const isInUse = answers.some(({ request }) => request.previousVersion === version);
  const publishedAt = youngestSignature(verified);
  try {
    requireAge(agePolicy, { version, tag, isInUse, publishedAt }, now, {
      what: Object.keys(watermark).join(', '),
    });
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

function youngestSignature(verified: readonly Verified<Artifact>[]): Date | undefined {
  const times = verified.map(({ result }) => {
    const logged = result.signers.filter(({ method }) => method === 'sigstore');
    return latestOf(logged.flatMap(({ signedAt }) => signedAt ?? []));
  });
  // One undated file leaves all of them undated.
  const dated = times.filter((time) => time !== undefined);
  return dated.length === times.length ? latestOf(dated) : undefined;
}

function isTooYoung(resolution: Resolution): resolution is Resolution & { status: 'failed' } {
  return resolution.status === 'failed' && resolution.error.code === 'VERSION_TOO_YOUNG';
}

/** One line for all that stay as they are for the same reason. */
function reportTooYoung(answers: readonly Answer[], { reporter }: SourceContext): void {
  const kept = answers.flatMap(({ request, resolution }) =>
    isTooYoung(resolution) && request.previousVersion !== undefined
      ? [{ name: request.name, error: resolution.error }]
      : [],
  );
  for (const [{ message, hint = '' }, all] of Map.groupBy(kept, ({ error }) => error)) {
    const names = [...new Set(all.map(({ name }) => name))];
    reporter.info(`${names.join(', ')}: kept as in the manifests. ${message}. ${hint}`);
  }
}

/** What is too young leaves the entry at the version that it has; only where there is none, it fails. */
async function keepIfTooYoung(
  answer: Answer,
  finder: ReleaseFinder,
  context: SourceContext,
): Promise<Answer> {
  const { request, resolution } = answer;
  const { previousVersion, watermark } = request;
  if (!isTooYoung(resolution) || previousVersion === undefined) return answer;
  if (watermark !== undefined) return { request, resolution: { status: 'current' } };
  // Another manifest may lack the entry, or the catalogue asks otherwise than before: the same version, verified anew.
  try {
    const [again] = await resolveAt(finder.at(previousVersion), [request], context);
    return again ?? answer;
  } catch (error) {
    return { request, resolution: failed(error) };
  }
}

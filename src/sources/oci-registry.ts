/**
 * Source kind `oci-registry`: container images by tag (OCI distribution specification 1.1).
 *
 *   tag -> index or manifest -> signature of its digest -> the platform's manifest -> sizes
 *
 * Fetching and verifying interleave, as in the apt chain: each document names the next by digest. The watermark is the
 * digest of what the tag leads to, hashed here; a run with nothing new costs one conditional request. What a tag leads
 * to is the registry's word alone: the signature vouches for digest and repository.
 */
import { fillTemplate } from '../formats/own/template.ts';
import { allowsVersion, requireAge, versionPolicy } from './version-policy.ts';
import { PolicyError } from '../model/errors.ts';
import { repositoryUrl } from '../formats/upstream/image-reference.ts';
import { cosignImage, taggedNeed, type ImageSubject } from '../verify/methods/cosign-image.ts';
import { pinned } from '../verify/methods/pinned.ts';
import { methodOf } from '../verify/registry.ts';
import { failed } from './failed.ts';
import { Gathering } from './gather.ts';
import { heldVersion } from './held-version.ts';
import type { RegistryClient } from './registry-client.ts';
import {
  ociEntrySchema,
  ociRegistrySchema,
  repositoryReference,
  type OciEntry,
  type OciRegistry,
} from './oci-spec.ts';
import { chooseTag, fetchTags } from './oci-tags.ts';
import { passedOverText } from './passed-over.ts';
import type {
  Resolution,
  ResolveRequest,
  SourceContext,
  SourceKind,
  SourceResult,
  Wanted,
  Watermark,
} from './source.ts';
import { UpstreamStore } from './upstream-store.ts';

type Request = ResolveRequest<OciEntry>;

export const ociRegistrySource: SourceKind<OciRegistry, OciEntry> = {
  type: 'oci-registry',
  sourceSchema: ociRegistrySchema,
  entrySchema: ociEntrySchema,
  artifactTypes: ['oci-image'],
  methods: [cosignImage.method, pinned.method],
  ordering: () => 'semver',
  image: (source, entry) => ({ repository: repositoryReference(source, entry), tag: entry.tag }),
  expect(source, wanted, { version }) {
    const subject = subjectOf(source, wanted, version);
    return {
      subject,
      url: subject.artifact.url,
      places: [repositoryUrl(subject.repository)],
      // What a tag leads to is the registry's word: the digest follows from nothing here.
      watermark: undefined,
      isAllowed: allowsVersion('semver', wanted.entry, version),
    };
  },
  resolve: resolveImages,
  exactly: (source, entry, version) => ({ source, entry: { ...entry, versions: {}, version } }),
};

function subjectOf(source: OciRegistry, wanted: Wanted<OciEntry>, version: string): ImageSubject {
  const { name, platform, type, entry } = wanted;
  const tag = fillTemplate(entry.tag, { version });
  const url = `${repositoryReference(source, entry)}:${tag}`;
  return {
    artifact: { name, version, platform, type, url },
    repository: { registry: source.registry, repository: entry.repository },
    tag,
    values: { version, tag },
  };
}

async function resolveImages(
  source: OciRegistry,
  requests: readonly Request[],
  context: SourceContext,
): Promise<SourceResult<OciEntry>> {
  // Platforms of one entry together: they share tag, index and signature, and have one version.
  const byEntry = Map.groupBy(requests, ({ name, kind }) => JSON.stringify([name, kind]));
  const answers = new Map<Request, Resolution>();
  await Promise.all(
    [...byEntry.values()].map(async (asked) => {
      for (const [request, resolution] of await resolveEntry(source, asked, context)) {
        answers.set(request, resolution);
      }
    }),
  );
  return { resolutions: answers, metadataDates: new Map() };
}

async function resolveEntry(
  source: OciRegistry,
  requests: readonly Request[],
  context: SourceContext,
): Promise<readonly (readonly [Request, Resolution])[]> {
  const [first] = requests;
  if (first === undefined) return [];
  const { entry } = first;
  const store = new UpstreamStore(context);
  const gathering = new Gathering(store, context);
  try {
    const client = store.registry({ registry: source.registry, repository: entry.repository });
    const version = await versionOf(requests, entry, client, repositoryReference(source, entry), context);
    const top = taggedNeed(subjectOf(source, first, version));
    const { url } = subjectOf(source, first, version).artifact;
    const watermark = { [url]: (await gathering.read([top])).of(top).digest };
    const found = { version, watermark, gathering };
    return await Promise.all(
      requests.map(async (request) => [request, await resolveOne(source, request, found, context)] as const),
    );
  } catch (error) {
    return requests.map((request) => [request, failed(error)] as const);
  }
}

async function versionOf(
  requests: readonly Request[],
  entry: OciEntry,
  client: RegistryClient,
  repository: string,
  { now, reporter }: SourceContext,
): Promise<string> {
  const fixed = entry.version ?? heldVersion(entry.versions, requests);
  if (fixed !== undefined) return fixed;
  const { version, tag, passedOver } = chooseTag(await fetchTags(client), entry, now, repository);
  if (passedOver.length > 0) {
    reporter.warn(passedOverText(repository, { tag, template: entry.tag }, passedOver));
  }
  return version;
}

interface FoundImage {
  readonly version: string;
  readonly watermark: Watermark;
  readonly gathering: Gathering;
}

async function resolveOne(
  source: OciRegistry,
  request: Request,
  { version, watermark, gathering }: FoundImage,
  context: SourceContext,
): Promise<Resolution> {
  if (JSON.stringify(request.watermark) === JSON.stringify(watermark)) return { status: 'current' };
  const { name, entry, verification: spec } = request;
  try {
    const subject = subjectOf(source, request, version);
    const judged = await gathering.judge(methodOf(spec.method), { spec, subject, subjects: [subject] });
    const [signer] = judged.verified.result.signers;
    requireAge(
      versionPolicy('semver', entry.versions),
      {
        version,
        tag: subject.tag,
        publishedAt: signer?.signedAt,
        isInUse: request.previousVersion === version,
      },
      context.now,
      { what: subject.artifact.url },
    );
    return { status: 'resolved', ...judged, watermark };
  } catch (error) {
    // What is there already stays until the new one is old enough.
    const isTooYoung = error instanceof PolicyError && error.code === 'VERSION_TOO_YOUNG';
    if (!isTooYoung || request.watermark === undefined) return failed(error);
    context.reporter.warn(`${name}: ${error.message}: kept ${request.previousVersion ?? 'what is there'}`);
    return { status: 'current' };
  }
}

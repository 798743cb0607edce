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
import type { CosignImageSpec } from '../verify/image/cosign-spec.ts';
import { vouchedByImageSignature } from '../verify/image/vouch-image.ts';
import { policyOf } from '../verify/methods/identity-spec.ts';
import { failed } from './failed.ts';
import { heldVersion } from './held-version.ts';
import { OciClient, repositoryUrl } from './oci-client.ts';
import { OciImage } from './oci-image.ts';
import {
  ociEntrySchema,
  ociRegistrySchema,
  repositoryReference,
  type OciEntry,
  type OciRegistry,
} from './oci-spec.ts';
import { chooseTag, fetchTags } from './oci-tags.ts';
import { passedOverText } from './passed-over.ts';
import type { Resolution, ResolveRequest, SourceContext, SourceKind, SourceResult } from './source.ts';

type Request = ResolveRequest<OciEntry>;

export const ociRegistrySource: SourceKind<OciRegistry, OciEntry> = {
  type: 'oci-registry',
  sourceSchema: ociRegistrySchema,
  entrySchema: ociEntrySchema,
  artifactTypes: ['oci-image'],
  methods: ['cosign-image'],
  ordering: () => 'semver',
  image: (source, entry) => ({ repository: repositoryReference(source, entry), tag: entry.tag }),
  expect({ registry }, { entry }, version) {
    const tag = fillTemplate(entry.tag, { version });
    // What a tag leads to is the registry's word: the digest follows from nothing here.
    const isAllowed = allowsVersion('semver', entry, version);
    return {
      url: `${repositoryReference({ registry }, entry)}:${tag}`,
      places: [repositoryUrl(registry, entry.repository)],
      values: { version, tag },
      watermark: undefined,
      isAllowed,
    };
  },
  resolve: resolveImages,
};

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
  const repository = repositoryReference(source, entry);
  try {
    const client = new OciClient(source.registry, entry.repository, context);
    const version = await versionOf(requests, entry, client, repository, context);
    const tag = fillTemplate(entry.tag, { version });
    const image = new OciImage(client, repository, tag, await client.tagged(tag), context);
    return await Promise.all(
      requests.map(async (request) => [request, await resolveOne(request, image, version, context)] as const),
    );
  } catch (error) {
    return requests.map((request) => [request, failed(error)] as const);
  }
}

async function versionOf(
  requests: readonly Request[],
  entry: OciEntry,
  client: OciClient,
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

async function resolveOne(
  request: Request,
  image: OciImage,
  version: string,
  context: SourceContext,
): Promise<Resolution> {
  const { watermark, url } = image;
  if (JSON.stringify(request.watermark) === JSON.stringify(watermark)) return { status: 'current' };
  const { name, platform, type, entry } = request;
  try {
    const spec = request.verification as CosignImageSpec;
    const signer = policyOf(spec, { version, tag: image.tag });
    const chain = await image.chainFor(platform.arch, { signer, signedAs: spec.signedAs });
    const { signedAt } = chain.signature.signer;
    requireAge(
      versionPolicy('semver', entry.versions),
      { version, tag: image.tag, publishedAt: signedAt, isInUse: request.previousVersion === version },
      context.now,
      { what: url },
    );
    const artifact = { name, version, platform, type, url };
    return { status: 'resolved', verified: vouchedByImageSignature(artifact, chain, context.now), watermark };
  } catch (error) {
    // What is there already stays until the new one is old enough.
    const isTooYoung = error instanceof PolicyError && error.code === 'VERSION_TOO_YOUNG';
    if (!isTooYoung || request.watermark === undefined) return failed(error);
    context.reporter.warn(`${name}: ${error.message}: kept ${request.previousVersion ?? 'what is there'}`);
    return { status: 'current' };
  }
}

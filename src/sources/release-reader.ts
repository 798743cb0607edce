/** Reads one release: its files' sizes, the documents beside them, and the judgement that those lead to. */
import type { VersionPolicy } from './version-policy.ts';
import type { ArtifactType } from '../model/artifact.ts';
import type { Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { Asset } from '../verify/method.ts';
import { methodOf } from '../verify/registry.ts';
import { fillTemplate, hasRelease } from '../formats/own/template.ts';
import { firstNeeds, type Gathering, type Judged } from './gather.ts';
import { assetFor, type ReleaseEntry } from './release-spec.ts';
import { requireOrigin } from './require-origin.ts';
import type { ResolveRequest, SourceContext, Wanted } from './source.ts';

/** A version as it was found, and where its files are. */
export interface Release {
  /** Without a leading `v`. */
  readonly version: string;
  readonly tag: string;
  /** The folder of its files at the origin, without a slash at its end. */
  readonly folder: (arch: string) => string;
  /** What the version was read from, and what it said. */
  readonly watermark: Readonly<Record<string, string>>;
  /** What the host says of a file that it has; undefined where it says nothing. */
  readonly hostDigest?: (fileName: string) => Digest | undefined;
  /** How the catalogue goes on without this release, if upstream published it badly; undefined where it names it. */
  readonly wayOut?: string;
  /** A minimum age that is judged by the signatures, since nothing else dates the release. */
  readonly agePolicy?: VersionPolicy;
}

export type ReleaseRequest = ResolveRequest<ReleaseEntry>;

/** The file that is wanted of a release. Throws as `fillTemplate` does. */
export function assetOf(
  { name, platform, kind, type, entry }: Wanted<ReleaseEntry>,
  { version, tag, folder }: Pick<Release, 'version' | 'tag' | 'folder'>,
  sizeBytes: number,
): Asset {
  const { os, arch } = platform;
  const values = { version, tag, arch, os, ...(kind === undefined ? {} : { kind }) };
  const template = assetFor(entry, arch);
  const fileName = fillTemplate(template, values);
  const namesRelease = hasRelease(template);
  const url = `${folder(arch)}/${fileName}`;
  const artifact = { name, version, platform, type, url, sizeBytes };
  return { artifact, fileName, values: { ...values, asset: fileName }, namesRelease };
}

/** Its file's name, and those of what stands beside that. Throws as `fillTemplate` does. */
export async function neededFiles(
  request: ReleaseRequest,
  release: Pick<Release, 'version' | 'tag' | 'folder'>,
  gathering: Gathering,
): Promise<readonly string[]> {
  const subject = assetOf(request, release, 0);
  const { verification } = request;
  const needs = await firstNeeds(methodOf(verification.method), { spec: verification, subject }, gathering);
  const folder = `${release.folder(request.platform.arch)}/`;
  const beside = needs.filter(({ url }) => url.startsWith(folder)).map(({ url }) => url.slice(folder.length));
  return [subject.fileName, ...beside];
}

/** Throws VerificationError, PolicyError and TransportError. */
export async function verifyAsset(
  request: ReleaseRequest,
  release: Release,
  gathering: Gathering,
  { fetcher }: SourceContext,
): Promise<Judged & { readonly fileName: string }> {
  const { verification, type } = request;
  const { artifact, ...names } = assetOf(request, release, 0);
  const sizeBytes = await sizeOf(artifact.url, type, fetcher);
  const subject = { ...names, artifact: { ...artifact, sizeBytes } };
  const method = methodOf(verification.method);
  const judged = await gathering.judge(method, { spec: verification, subject, subjects: [subject] });
  requireOrigin(judged.verified, fetcher);
  return { ...judged, fileName: subject.fileName };
}

/** As the server says: staging holds the bytes to it, and to the digest that was vouched for. */
export async function sizeOf(
  url: string,
  type: ArtifactType,
  fetcher: SourceContext['fetcher'],
): Promise<number> {
  const { sizeBytes, contentType } = await fetcher.describe({ url, needsSize: true });
  // Media types are compared without regard to case (RFC 9110, section 8.3.1).
  if (contentType?.toLowerCase().startsWith('text/html') === true) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${url} is a web page where a ${type} was expected`);
  }
  if (sizeBytes === undefined || sizeBytes === 0) {
    const found = sizeBytes === 0 ? 'says that the file is empty' : 'does not say how large the file is';
    throw new TransportError('TRUNCATED', `${url}: the server ${found}`, {
      hint: 'A manifest needs the size, so that staging can stop at the first byte too many.',
    });
  }
  return sizeBytes;
}

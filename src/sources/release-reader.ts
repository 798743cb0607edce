/** Reads one release: its files' sizes, the documents beside them, and the judgement that those lead to. */
import { fillTemplate } from '../formats/own/template.ts';
import type { VersionPolicy } from './version-policy.ts';
import type { Artifact, ArtifactType } from '../model/artifact.ts';
import type { Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { EvidenceDocument, Verified } from '../model/verification.ts';
import { digestOf } from '../verify/digest.ts';
import type { Asset, AssetNames, DocumentNeed, LookupNeed } from '../verify/method.ts';
import { releaseMethod } from '../verify/registry.ts';
import { assetFor, type ReleaseEntry } from './release-spec.ts';
import { requireOrigin } from './require-origin.ts';
import type { ResolveRequest, SourceContext } from './source.ts';

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

/** The file that a request is about. Throws as `fillTemplate` does. */
export function assetNames(
  { platform, kind, entry }: Pick<ReleaseRequest, 'platform' | 'kind' | 'entry'>,
  { version, tag }: Pick<Release, 'version' | 'tag'>,
): AssetNames {
  const { os, arch } = platform;
  const values = { version, tag, arch, os, ...(kind === undefined ? {} : { kind }) };
  const fileName = fillTemplate(assetFor(entry, arch), values);
  return { fileName, values: { ...values, asset: fileName } };
}

/** Its file's name, and those of what stands beside that. Throws as `fillTemplate` does. */
export function neededFiles(
  request: ReleaseRequest,
  release: Pick<Release, 'version' | 'tag'>,
): readonly string[] {
  const names = assetNames(request, release);
  const needs = releaseMethod(request.verification.method).documents(request.verification as never, names);
  return [names.fileName, ...needs.map(({ fileName }) => fileName)];
}

export class ReleaseReader {
  readonly #release: Release;
  readonly #context: SourceContext;
  readonly #documents = new Map<string, Promise<EvidenceDocument>>();
  readonly #memo = new Map<string, Promise<unknown>>();

  constructor(release: Release, context: SourceContext) {
    this.#release = release;
    this.#context = context;
  }

  /** Throws VerificationError, PolicyError and TransportError. */
  async verify(request: ReleaseRequest): Promise<{ verified: Verified<Artifact>; fileName: string }> {
    const { anchors, now } = this.#context;
    const spec = request.verification as never;
    const method = releaseMethod(request.verification.method);
    const asset = await this.#assetOf(request);
    const needs = method.documents(spec, asset);
    const gathered = await Promise.all(needs.map((need) => this.#fetch(asset, need)));
    const documents = new Map(gathered.map((document) => [document.role, document]));
    const lookup = method.lookup?.(spec, asset, documents);
    if (lookup !== undefined) documents.set(lookup.role, await this.#ask(lookup));
    const verified = await method.judge({ spec, asset, documents, trust: anchors, now, memo: this.#memo });
    requireOrigin(verified, this.#context.fetcher);
    return { verified, fileName: asset.fileName };
  }

  async #assetOf(request: ReleaseRequest): Promise<Asset> {
    const { version, folder } = this.#release;
    const { name, platform, type } = request;
    const names = assetNames(request, this.#release);
    const url = `${folder(platform.arch)}/${names.fileName}`;
    const sizeBytes = await this.#sizeOf(url, type);
    return { ...names, artifact: { name, version, platform, type, url, sizeBytes } };
  }

  #fetch(asset: Asset, { role, fileName, maxBytes }: DocumentNeed): Promise<EvidenceDocument> {
    const url = asset.artifact.url.replace(/[^/]+$/, fileName);
    const key = `${role} ${url}`;
    const known = this.#documents.get(key) ?? this.#fetchDocument(role, url, maxBytes);
    this.#documents.set(key, known);
    return known;
  }

  async #fetchDocument(role: string, url: string, maxBytes: number): Promise<EvidenceDocument> {
    this.#context.reporter.step(`fetching ${url}`);
    const { bytes } = await this.#context.fetcher.get({ url, maxBytes });
    return { role, url, digest: digestOf('sha256', bytes), sizeBytes: bytes.length, bytes };
  }

  async #ask({ role, ...question }: LookupNeed): Promise<EvidenceDocument> {
    this.#context.reporter.step(`asking ${question.url}`);
    const { bytes } = await this.#context.fetcher.post(question);
    return { role, url: question.url, digest: digestOf('sha256', bytes), sizeBytes: bytes.length, bytes };
  }

  /** As the server says: staging holds the bytes to it, and to the digest that was vouched for. */
  async #sizeOf(url: string, type: ArtifactType): Promise<number> {
    const { sizeBytes, contentType } = await this.#context.fetcher.describe({ url, needsSize: true });
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
}

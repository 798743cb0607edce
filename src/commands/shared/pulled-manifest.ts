/** A manifest as a command names it: a file, or what was pushed of it into a registry (`oci://…`). */
import { isOciPlace, ociRepository, parseOciPlace, type OciPlace } from '../../formats/own/oci-place.ts';
import { repositoryUrl } from '../../formats/upstream/image-reference.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { digestAlgorithm } from '../../model/digest.ts';
import { TransportError, UsageError } from '../../model/errors.ts';
import type { Fetcher, Reporter } from '../../model/ports.ts';
import { blobUrls, layerUrls } from '../../pipeline/registry/locate.ts';
import { readArtifact, readPulledManifest, type Pulled } from '../../pipeline/registry/pull.ts';
import {
  stagingItems,
  type ItemSelection,
  type MirrorBase,
  type StagingItem,
} from '../../pipeline/staging/staging-items.ts';
import { withBlobs } from '../../sources/blob-downloads.ts';
import { ImageStore } from '../../sources/image-store.ts';
import { RegistryClient } from '../../sources/registry-client.ts';
import { readManifest } from './input-files.ts';
import type { TagJudge } from './tag-judge.ts';

interface Ports {
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
}

export interface OpenedManifest {
  readonly manifest: Manifest;
  /** Undefined of a file. */
  readonly pulled: Pulled | undefined;
}

/**
 * `openJudge`: makes what a tag is judged by; without it, only a digest will do. Throws UsageError `USAGE` for a tag without that,
 * and as `readManifest`, `readArtifact`, `readPulledManifest` and `requireJudged` do.
 */
export async function openManifest(
  name: string,
  ports: Ports,
  openJudge?: () => Promise<TagJudge>,
): Promise<OpenedManifest> {
  if (!isOciPlace(name)) return { manifest: (await readManifest(name)).manifest, pulled: undefined };
  const place = parseOciPlace(name, 'the manifest');
  const judge = await judgeFor(place, openJudge);
  const client = new RegistryClient(place, ports);
  const artifact = await readArtifact(place, client);
  const pulled = { ...(await readPulledManifest(artifact, place, client)), artifact, place, client };
  if (judge !== undefined) await (await import('./tag-judge.ts')).requireJudged(pulled, judge);
  ports.reporter.info(`pulled ${pulled.fileName}  ${artifact.name}`);
  return { manifest: pulled.manifest, pulled };
}

async function judgeFor(
  { digest, tag }: OciPlace,
  openJudge: (() => Promise<TagJudge>) | undefined,
): Promise<TagJudge | undefined> {
  if (digest !== undefined) return undefined;
  if (tag !== undefined && openJudge !== undefined) return openJudge();
  throw new UsageError(
    'USAGE',
    tag === undefined ? 'it names neither a digest nor a tag' : 'a tag vouches for nothing',
    { hint: 'Name what was pushed by its digest: oci://…@sha256:…, which push prints.' },
  );
}

export interface RegistryFiles {
  readonly items: readonly StagingItem[];
  readonly fetcher: Pick<Fetcher, 'download'>;
}

interface FilePlaces {
  readonly base: MirrorBase | undefined;
  readonly fallsBack: boolean;
}

/**
 * What is to be staged, and from where: a mirror, a registry (that of `base`, else the one that the manifest is from), or the
 * origins. Throws as `stagingItems`, `blobUrls` and `layerUrls` do.
 */
export async function stagingFiles(
  opened: OpenedManifest,
  selection: ItemSelection,
  { base, fallsBack }: FilePlaces,
  ports: Ports,
): Promise<RegistryFiles> {
  const { manifest, pulled } = opened;
  if (base === undefined ? pulled === undefined : !isOciPlace(base.url)) {
    return { items: stagingItems(manifest, selection, base), fetcher: withBlobs(ports) };
  }
  const items = stagingItems(manifest, selection);
  const found = await locate(items, opened, base?.url, fallsBack, ports);
  return {
    items: items.map((item) => {
      const url = found.urls.get(item.name);
      const blobs = url === undefined ? [] : [{ url, isMirror: true }];
      return { ...item, sources: fallsBack ? [...blobs, { url: item.url, isMirror: false }] : blobs };
    }),
    fetcher: fetcherOf(found.place, found.client, withBlobs(ports)),
  };
}

/** Where images come from: as `stagingFiles` has it, of a registry those that `push` copied there. */
export function imageStoreOf(
  { pulled }: OpenedManifest,
  { base, fallsBack }: FilePlaces,
  ports: Ports,
): ImageStore {
  const url = base?.url ?? (pulled && ociRepository(pulled.place));
  return new ImageStore(ports, url === undefined ? undefined : { url, fallsBack });
}

async function locate(
  items: readonly StagingItem[],
  { manifest, pulled }: OpenedManifest,
  base: string | undefined,
  fallsBack: boolean,
  ports: Ports,
) {
  if (base === undefined && pulled !== undefined) {
    return { ...pulled, urls: layerUrls(items, pulled.artifact, pulled.place) };
  }
  const place = parseOciPlace(base ?? '', '--mirror-base');
  const client = new RegistryClient(place, ports);
  try {
    return { place, client, urls: await blobUrls(items, manifest, place, client) };
  } catch (error) {
    if (!(error instanceof TransportError && fallsBack)) throw error;
    ports.reporter.warn(`${error.message} [${error.code}]; asking the origin for what has no SHA-256`);
    const named = items.filter(({ digest }) => digestAlgorithm(digest) === 'sha256');
    return { place, client, urls: await blobUrls(named, manifest, place, client) };
  }
}

/** What is the registry's is asked for with what it demands. */
function fetcherOf(
  place: OciPlace,
  client: RegistryClient,
  fetcher: Pick<Fetcher, 'download'>,
): Pick<Fetcher, 'download'> {
  const ours = `${repositoryUrl(place)}/`;
  return {
    download: (request, sink) => (request.url.startsWith(ours) ? client : fetcher).download(request, sink),
  };
}

/** What a rendered script fetches, and from where: a mirror, the origins, or a registry, which says now which blobs. */
import type { Command } from 'commander';
import type { Manifest } from '../../formats/own/manifest.ts';
import { isOciPlace, parseOciPlace, type OciPlace } from '../../formats/own/oci-place.ts';
import { repositoryUrl } from '../../formats/upstream/image-reference.ts';
import { authFileKeys } from '../../formats/upstream/registry-auth.ts';
import { UsageError } from '../../model/errors.ts';
import type { ItemSelection } from '../../pipeline/staging/staging-items.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import type { FetchItem } from '../../render/fetch-script/fetch-script.ts';
import type { FetchRegistry } from '../../render/fetch-script/registry-lines.ts';
import type { Host } from './host.ts';
import { withNetwork } from './network.ts';
import { addNetworkOptions, type NetworkFlags } from './options.ts';
import { imageStoreOf, openManifest, stagingFiles, type OpenedManifest } from './pulled-manifest.ts';
import { fetchItemsOf, type FetchFlags } from './rendering.ts';
import { readManifest } from './input-files.ts';

export interface FromFlags extends NetworkFlags, FetchFlags {
  readonly from?: string;
}

export function addFromOption(command: Command): Command {
  return addNetworkOptions(
    command.option(
      '--from <place>',
      'oci://REGISTRY/REPOSITORY@sha256:…, what was pushed: its blobs, and without MANIFEST its manifest too',
    ),
  );
}

export interface RenderedFiles {
  readonly manifest: Manifest;
  readonly registry: FetchRegistry | undefined;
  /** Of the images, where a registry is asked, for the manifest or for files. */
  readonly store?: ImageStore;
  /** `fallback`: a second mirror. Throws as `stagingItems`, and where a registry does not have them. */
  readonly items: (selection?: ItemSelection, fallback?: string) => Promise<readonly FetchItem[]>;
}

/** Calls `use` with what is to be rendered. Throws UsageError `USAGE`, and as `openManifest` does. */
export async function withRenderedFiles<T>(
  file: string | undefined,
  flags: FromFlags,
  host: Host,
  use: (files: RenderedFiles) => Promise<T>,
): Promise<T> {
  const { name, base } = namesOf(file, flags);
  const place = [base, name].find((one) => one !== undefined && isOciPlace(one));
  if (place === undefined) return use(await filesAt(name, flags));
  const reporter = host.reporter({ quiet: true, verbose: false });
  return withNetwork(flags, host, reporter, async ({ fetcher }) => {
    const ports = { fetcher, reporter };
    const opened = await openManifest(name, ports);
    const { manifest } = opened;
    const at = base === undefined ? undefined : { url: base, fallsBack: false };
    const places = { base: at, fallsBack: false };
    const store = imageStoreOf(opened, places, ports);
    // A manifest of a registry whose files are to be had from a mirror.
    if (base !== undefined && !isOciPlace(base)) return use({ ...mirroredFiles(opened, flags), store });
    return use({
      ...{ manifest, store },
      registry: registryAt(parseOciPlace(place, '--from')),
      async items(selection = {}, fallback) {
        const { items } = await stagingFiles(opened, selection, places, ports);
        const others =
          fallback === undefined ? [] : fetchItemsOf(manifest, { mirrorBase: fallback }, selection);
        return items.map(({ name: title, url, digest, sizeBytes, sources }, at) => ({
          ...{ name: title, digest, sizeBytes, url: sources?.[0]?.url ?? url },
          otherUrls: others.slice(at, at + 1).map((other) => other.url),
        }));
      },
    });
  });
}

/** What the manifest is called, and where its files are; of a manifest in a registry there, unless it is said otherwise. */
function namesOf(file: string | undefined, { from, mirrorBase }: FromFlags) {
  if (from === undefined) {
    if (file !== undefined) return { name: file, base: mirrorBase };
    throw new UsageError('USAGE', 'no manifest is given', {
      hint: 'Name a manifest, or --from oci://…@sha256:….',
    });
  }
  parseOciPlace(from, '--from');
  if (file === undefined) return { name: from, base: mirrorBase };
  if (mirrorBase === undefined) return { name: file, base: from };
  throw new UsageError('USAGE', '--from and --mirror-base both say where the files of the manifest are', {
    hint: 'Leave one out.',
  });
}

async function filesAt(file: string, flags: FromFlags): Promise<RenderedFiles> {
  return mirroredFiles(await readManifest(file), flags);
}

function mirroredFiles({ manifest }: Pick<OpenedManifest, 'manifest'>, flags: FromFlags): RenderedFiles {
  return {
    manifest,
    registry: undefined,
    items: (selection, fallback) => Promise.resolve(fetchItemsOf(manifest, flags, selection, fallback)),
  };
}

function registryAt(place: OciPlace): FetchRegistry {
  return { url: repositoryUrl(place), authKeys: authFileKeys(place) };
}

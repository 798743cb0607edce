/** What of a manifest is to be staged, under which name, and where each file is fetched from. */
import { entriesOf, type FileEntry, type KeyedEntry } from '../../formats/own/manifest-entries.ts';
import { osImageKey } from '../../formats/own/manifest-schema.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { mirrorUrl, type Mirrored } from '../../formats/own/mirror-layout.ts';
import { stagedName } from '../../formats/own/vm-paths.ts';
import type { FileType } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';
import { requireKnown } from '../shared/require-known.ts';

/** From a manifest, which vouches for it. */
export interface StagingItem {
  /** The file's name in the directory. */
  readonly name: string;
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** What it must begin as; undefined for what only its digest says anything about. */
  readonly type?: FileType;
  /** Where to fetch it from, in this order; from `url` where it does not say. */
  readonly sources?: readonly StagingSource[];
}

export interface StagingSource {
  readonly url: string;
  /** A mirror may be reached by plain HTTP. */
  readonly isMirror: boolean;
}

export interface ItemSelection {
  /** Keys: these alone. */
  readonly only?: readonly string[] | undefined;
  /** Entries for certain providers are left out, unless for one of these; `none` is for none. */
  readonly providers?: readonly string[] | undefined;
  /** With the OS image. */
  readonly osImage?: boolean | undefined;
}

export interface MirrorBase {
  readonly url: string;
  /** Ask the origin where the mirror cannot be had. */
  readonly fallsBack: boolean;
}

/** In place of a provider: entries that are for certain ones are all left out. */
const noProvider = 'none';

/**
 * Entries of a manifest that can be staged: the stub of a vmconfig under development has nothing to download. Throws
 * UsageError `USAGE` for a name in `only` or `providers` that the manifest does not have, where `only` leaves nothing, and
 * for an OS image that it does not have.
 */
export function stagingItems(
  manifest: Manifest,
  { only, providers, osImage = false }: ItemSelection = {},
  base?: MirrorBase,
): readonly StagingItem[] {
  const entries = entriesOf(manifest).flatMap((one) =>
    one.slot === 'image' || (one.slot === 'os-image' && !osImage) ? [] : [one],
  );
  if (osImage && (only?.includes(osImageKey) ?? true) && !entries.some(({ slot }) => slot === 'os-image')) {
    throw new UsageError('USAGE', 'the manifest has no OS image');
  }
  const keys = entries.map(({ key }) => key);
  requireKnown('--only', only, keys, 'the manifest');
  const known = new Set(entries.flatMap(({ entry }) => entry.providers ?? []));
  requireKnown('--providers', providers, [...known, noProvider], 'the manifest');
  const isWanted = ({ key, entry }: KeyedEntry) =>
    (only?.includes(key) ?? true) &&
    (providers === undefined || (entry.providers?.some((one) => providers.includes(one)) ?? true));
  const items = entries.flatMap((one) => (one.slot !== 'stub' && isWanted(one) ? [itemOf(one, base)] : []));
  if (only === undefined || items.length > 0) return items;
  throw new UsageError('USAGE', `of ${only.join(', ')} there is nothing to stage`, {
    hint: 'It is for other providers, or a stub that has no file yet.',
  });
}

/** All that can be staged. */
export function allItems(manifest: Manifest): readonly StagingItem[] {
  return stagingItems(manifest, { osImage: manifest.vmconfig.os.image !== undefined });
}

function itemOf({ key, entry }: FileEntry, base: MirrorBase | undefined): StagingItem {
  const { version, url, type, digest, size } = entry;
  const item = { name: stagedName(key, type), url, type, digest, sizeBytes: size };
  return { ...item, ...sourcesAt(base, { key, version, url }) };
}

/** Where a file is fetched from, with a mirror in place of the origin or before it. */
export function sourcesAt(base: MirrorBase | undefined, mirrored: Mirrored): Pick<StagingItem, 'sources'> {
  if (base === undefined) return {};
  const mirror = { url: mirrorUrl(base.url, mirrored), isMirror: true };
  return { sources: base.fallsBack ? [mirror, { url: mirrored.url, isMirror: false }] : [mirror] };
}

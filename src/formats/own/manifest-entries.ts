/**
 * The entries of a manifest, each with the slot that it stands in: whoever is to see all files, all images or all
 * digests asks here, and a new kind of slot is a case that the compiler asks for.
 */
import type { ArtifactType, FileType } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import {
  isStub,
  osImageKey,
  osImageName,
  type Manifest,
  type ManifestImage,
  type StubDependency,
} from './manifest-schema.ts';

/** What an entry says, wherever it stands. */
export interface ManifestEntry {
  /** Of a container image its tag. */
  readonly version: string;
  /** Of a container image its reference. */
  readonly url: string;
  readonly type: ArtifactType;
  /** Empty for the stub. */
  readonly digest: Digest | '';
  /** In bytes. */
  readonly size: number;
  readonly providers?: readonly string[];
  /** Of container images. */
  readonly platform?: string;
  readonly index?: Digest;
}

interface Slot<Kind extends string, Entry> {
  readonly slot: Kind;
  /** As messages, and the catalogue's `keep`, call it. */
  readonly name: string;
  /** No two entries of a manifest stand in one place. */
  readonly place: string;
  readonly entry: Entry;
}

interface KeyedSlot<Kind extends string, Entry> extends Slot<Kind, Entry> {
  /** As it is staged and mirrored. */
  readonly key: string;
}

export type FileEntry = KeyedSlot<
  'dependency' | 'os-image',
  ManifestEntry & { readonly type: FileType; readonly digest: Digest }
>;
export type KeyedEntry = FileEntry | KeyedSlot<'stub', StubDependency>;
export type SlottedEntry = KeyedEntry | Slot<'image', ManifestEntry & { readonly digest: Digest }>;

/** Dependencies, container images, the OS image: of each in the order of the file. */
export function entriesOf({ vmconfig }: Manifest): readonly SlottedEntry[] {
  const { image } = vmconfig.os;
  const dependencies = Object.entries(vmconfig.dependencies).map(([key, entry]): SlottedEntry => {
    const at = { key, name: key, place: placeOf('binary', key) };
    return isStub(entry) ? { slot: 'stub', ...at, entry } : { slot: 'dependency', ...at, entry };
  });
  return [
    ...dependencies,
    ...vmconfig.images.map(imageEntry),
    ...(image === undefined ? [] : [{ ...osImageSlot, entry: image }]),
  ];
}

const osImageSlot = { slot: 'os-image', key: osImageKey, name: osImageName, place: 'the OS image' } as const;

function imageEntry({ image: reference, ...others }: ManifestImage): SlottedEntry {
  const colon = reference.lastIndexOf(':');
  const entry = {
    version: reference.slice(colon + 1),
    url: reference,
    type: 'oci-image',
    ...others,
  } as const;
  const place = placeOf('oci-image', reference, reference.slice(0, colon));
  return { slot: 'image', name: reference, place, entry };
}

/** The place of what the catalogue calls `name`: of an image its `repository`, where any tag takes that of another. */
export function placeOf(type: ArtifactType, name: string, repository = ''): string {
  if (type === 'qcow2') return osImageSlot.place;
  return type === 'oci-image' ? `the image ${repository}` : `the dependency ${name}`;
}

/** What stands in place of a tarball that is still being developed. */
export function stubEntry(providers: readonly string[] | undefined): StubDependency {
  const stub = { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 } as const;
  return providers === undefined ? stub : { ...stub, providers: [...providers] };
}

/**
 * A TUF repository with the throwaway Sigstore's trusted root as its target, and the product asked about it: in memory
 * through the steps of an update, or over loopback.
 */
import { sigstoreAnchor } from '../../scripts/upstream/sigstore-anchor.ts';
import {
  buildTufRepository,
  generateTufKeys,
  tufHost,
  type TufRepository,
  type TufRepositoryOptions,
} from '../../scripts/upstream/tuf-repository.ts';
import type { Behaviour } from '../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import type { Content } from '../../scripts/upstream/virtual-file.ts';
import type { SigstorePin } from '../../src/verify/anchors/sigstore.ts';
import {
  fetchTrustedRoot,
  type FetchedTrustedRoot,
  type FetchTrustedRootInput,
} from '../../src/pipeline/trust/fetch-trusted-root.ts';
import { quickFetcher } from './quick-fetcher.ts';
import { at, digestOf, sigstore } from './throwaway-sigstore.ts';

/** The time to judge by. */
export const now = at;
export const dayMs = 86_400_000;
export const target = { name: 'trusted_root.json', bytes: Buffer.from(sigstore.trustedRoot()) };
export const hashedName = `targets/${digestOf(target.bytes).slice('sha256:'.length)}.${target.name}`;
/** The first keys, those after a rotation, and those of somebody else. */
export const [keys, newKeys, strangers] = [generateTufKeys(), generateTufKeys(), generateTufKeys()];

export function repository(options: Partial<TufRepositoryOptions> = {}): TufRepository {
  return buildTufRepository({ now, generations: [keys], target, ...options });
}

/** The pin of one of the repository's roots: the first, where nothing is said. */
export function pinOf({ roots }: TufRepository, version = 1): SigstorePin {
  return sigstoreAnchor(target.bytes.toString(), { bytes: rootOf(roots, version), version });
}

export function rootOf(roots: readonly Uint8Array[], version: number): Uint8Array {
  const root = roots[version - 1];
  if (root === undefined) throw new TypeError(`there is no root ${String(version)}`);
  return root;
}

/** A file's path at the host: `timestamp.json`. */
export function pathOf(name: string): string {
  return `${tufHost}/${name}`;
}

export function fileOf({ files }: TufRepository, name: string): Uint8Array {
  const bytes = files.get(pathOf(name));
  if (bytes === undefined) throw new TypeError(`there is no ${name}`);
  return bytes;
}

/** The same but for one file. */
export function withFile(published: TufRepository, name: string, bytes: Uint8Array): TufRepository {
  return { ...published, files: new Map([...published.files, [pathOf(name), bytes]]) };
}

export interface Asked extends Partial<FetchTrustedRootInput> {
  /** By file name, what answers in its place. */
  readonly overrides?: Readonly<Record<string, Behaviour>>;
  /** By file name, what is there in its place. */
  readonly contents?: Readonly<Record<string, Content>>;
  /** Which of the roots is pinned. */
  readonly pinned?: number;
}

export interface Updated extends FetchedTrustedRoot {
  /** The names of the files that were asked for. */
  readonly asked: readonly string[];
}

/** What is made of a repository over loopback. `onServer` sees its server, whatever becomes of it. */
export async function update(
  published: TufRepository,
  { overrides = {}, contents = {}, pinned = 1, ...asked }: Asked = {},
  onServer: (server: UpstreamServer) => void = () => undefined,
): Promise<Updated> {
  const replaced = Object.entries(contents).map(([name, content]) => [pathOf(name), content] as const);
  const files = new Map<string, Content>([...published.files, ...replaced]);
  const server = await startUpstreamServer({ files });
  onServer(server);
  for (const [name, behaviour] of Object.entries(overrides)) server.override(pathOf(name), behaviour);
  const fetcher = quickFetcher({ mirrors: mirrorsTo(server) });
  try {
    const fetched = await fetchTrustedRoot({
      pin: pinOf(published, pinned),
      pinnedRoot: rootOf(published.roots, pinned),
      keptRoots: [],
      seen: undefined,
      fetcher,
      now,
      ...asked,
    });
    return { ...fetched, asked: server.log.map(({ path }) => path.replace(`${tufHost}/`, '')) };
  } finally {
    await fetcher.close();
    await server.close();
  }
}

export function mirrorsTo({ url }: UpstreamServer) {
  return [{ origin: `https://${tufHost}`, url: `${url}/${tufHost}` }];
}

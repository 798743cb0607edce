/** Keys for signatures by a key: one that a person gave, or one that the release has beside its files. */
import type { Fetcher, FileContent, Reporter } from '../../model/ports.ts';
import { readFound } from '../../sources/look.ts';
import { readFoundKey, maxFoundKeyBytes } from '../../verify/anchors/found-key.ts';
import { openTrust, type OpenTrust, type Trust } from '../../verify/anchors/trust.ts';
import type { Keys, LearntKey } from './keys.ts';

/** As an anchor of the trust directory. */
export interface Anchored {
  readonly trust: Trust;
  /** To be written for it. */
  readonly files: readonly FileContent[];
}

export interface KeySearch {
  readonly trust: Trust;
  readonly open: OpenTrust;
  /** Of the anchor. */
  readonly name: string;
  readonly now: Date;
  /** Makes it one, in memory. */
  readonly anchor: (
    bytes: Uint8Array,
    how: {
      readonly name: string;
      readonly source: string;
      readonly scope: readonly string[];
      readonly learnt: string;
    },
  ) => Promise<Anchored>;
  readonly given: { readonly source: string; readonly bytes: Uint8Array } | undefined;
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
}

export interface FoundKeys extends Keys {
  /** To be written for it. */
  filesOf(key: LearntKey | undefined): readonly FileContent[];
  trustWith(key: LearntKey | undefined): Trust;
}

export function findKeys({
  trust,
  open,
  name,
  now,
  given,
  anchor: make,
  fetcher,
  reporter,
}: KeySearch): FoundKeys {
  const added = new Map<string, Anchored>();
  const ports = { fetcher, reporter };
  const read = (url: string, maxBytes: number) => readFound(url, maxBytes, ports);
  return {
    ...{ trust: open, pinned: trust, read },
    async find(kind, { names, folder, scope }) {
      const beside = names.filter((one) => one.endsWith('.pub'));
      const candidates =
        given === undefined
          ? beside.map((one) => ({
              source: `${folder}/${one}`,
              read: () => read(`${folder}/${one}`, maxFoundKeyBytes),
            }))
          : [{ source: given.source, read: () => Promise.resolve(given.bytes) }];
      for (const { source, read: bytesOf } of candidates) {
        const bytes = await bytesOf();
        if (bytes === undefined) continue;
        const { type, fingerprints } = await readFoundKey(bytes, source);
        if (type !== kind) continue;
        const learnt = `On first use, ${now.toISOString().slice(0, 10)}: ${source}`;
        const anchor = await make(bytes, { name, source, scope: [scope], learnt });
        added.set(name, anchor);
        return { anchor: name, type, fingerprints, source, trust: openTrust(anchor.trust, now) };
      }
      return undefined;
    },
    filesOf: (key) => (key === undefined ? [] : (added.get(key.anchor)?.files ?? [])),
    trustWith: (key) => (key === undefined ? trust : (added.get(key.anchor)?.trust ?? trust)),
  };
}

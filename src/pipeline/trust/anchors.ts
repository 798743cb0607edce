/** The trust directory, read once: `pins.yaml`, and every file that a pin names. */
import { UsageError } from '../../model/errors.ts';
import type { Fetcher, FileStore, Reporter } from '../../model/ports.ts';
import type { Anchor, AnchorKind, TrustFile } from '../../verify/anchors/anchor.ts';
import { anchorKinds } from '../../verify/anchors/registry.ts';
import { createTrust, notThere, type FetchMissing, type Trust } from '../../verify/anchors/trust.ts';
import { namingDocument } from '../../verify/naming.ts';
import { requireKnown } from '../shared/require-known.ts';

/** Where the files came from, in the same directory: it vouches for nothing, and update-trust keeps its table. */
export const provenanceName = 'PROVENANCE.md';

/** Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`. A file that cannot be read matters when it is asked for. */
export async function readTrust(
  trustDir: string,
  files: FileStore,
  kinds: readonly AnchorKind[] = anchorKinds,
): Promise<Trust> {
  const read = async (name: string): Promise<TrustFile> => {
    const path = `${trustDir}/${name}`;
    return { name, path, bytes: await files.read(path) };
  };
  const { bytes, ...pinsFile } = await read('pins.yaml');
  if (bytes === undefined) {
    throw new UsageError('TRUST_INVALID', `${pinsFile.path} does not exist`, {
      hint: "Run it from the checkout. Or name the directory of trust anchors with --trust-dir. Or give Sigstore's trusted root with --trusted-root.",
    });
  }
  const found = new Map<string, TrustFile | UsageError>();
  const file = (name: string): TrustFile => {
    const one = found.get(name);
    if (one instanceof UsageError) throw one;
    if (one === undefined) throw new TypeError(`${name} was not read`);
    return one;
  };
  const trust = createTrust({ pinsFile: { ...pinsFile, bytes }, kinds, file });
  const named = [...trust.anchors.values()].flatMap(({ kind, pin }) =>
    kind.files(pin).map(([, name]) => name),
  );
  for (const name of [...named, provenanceName]) {
    found.set(
      name,
      await read(name).catch((error: unknown) => {
        if (error instanceof UsageError) return error;
        throw error;
      }),
    );
  }
  return trust;
}

/** As it would be with these files in place of those of the same name. Throws as `createTrust` does. */
export function withFiles({ pinsFile, kinds, file }: Trust, changes: readonly Required<TrustFile>[]): Trust {
  const changed = new Map(changes.map((one) => [one.name, one]));
  return createTrust({
    pinsFile: { ...pinsFile, bytes: changed.get(pinsFile.name)?.bytes ?? pinsFile.bytes },
    kinds,
    file: (name) => changed.get(name) ?? file(name),
  });
}

/** In the order of pins.yaml; all of them where `only` is undefined. Throws UsageError `USAGE` for an unknown name. */
export function selectAnchors(
  { anchors, pinsFile }: Trust,
  only: readonly string[] | undefined,
): readonly Anchor[] {
  requireKnown('--only', only, anchors.keys(), pinsFile.path);
  return [...anchors.values()].filter(({ name }) => only?.includes(name) ?? true);
}

/**
 * As `update-trust` would fetch and check it, from all sources; nothing is written. Throws TransportError; VerificationError
 * `EVIDENCE_MISSING` where the kind is not `published`, and as that does.
 */
export function fetchingMissing(fetcher: Fetcher, reporter: Reporter): FetchMissing {
  return async (anchor, now) => {
    const { name, kind, pin, file } = anchor;
    const { published, what } = kind;
    if (published === undefined) throw notThere(anchor);
    const { maxBytes } = published;
    const sources = published.sources(pin);
    const copies = await Promise.all(
      sources.map(async (url) => (await fetcher.get({ url, maxBytes })).bytes),
    );
    const from = sources.join(' and ');
    const bytes = await namingDocument(from, () => published.fileOf(copies, pin, now));
    reporter.warn(
      `there is no ${file(pin.file).path}: the ${what} of ${name} came from ${from}, and are the pinned ones; keep them with update-trust`,
    );
    return bytes;
  };
}

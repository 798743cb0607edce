/** `resolve`: what `assay update-manifests` does, by ports. */
import type { Manifest } from '../../formats/own/manifest.ts';
import { parseManifest } from '../../formats/own/manifest.ts';
import type { ManifestName } from '../../formats/own/changes.ts';
import type { Architecture } from '../../model/artifact.ts';
import { directoryOf } from '../../model/directory-of.ts';
import { UsageError } from '../../model/errors.ts';
import type { OwnFiles } from '../../model/own-files.ts';
import type { Cache, Fetcher, Reporter } from '../../model/ports.ts';
import { loadCatalogue } from '../../pipeline/manifests/catalogue.ts';
import { readImagePackages } from '../../pipeline/manifests/image-packages.ts';
import { anchorsWanted } from '../../pipeline/manifests/targets.ts';
import { updateManifests, type Failure, type FoundFault } from '../../pipeline/manifests/update-manifests.ts';
import { fetchingMissing, readTrust } from '../../pipeline/trust/anchors.ts';
import { requireCommitted } from '../../pipeline/trust/check-trust.ts';
import { noCache, silent } from '../../sources/document-fetcher.ts';
import { openTrust } from '../../verify/anchors/trust.ts';

export interface ResolveRequest {
  /** Where the catalogue, the manifests and the trust anchors are: `createFileStore`, or `memoryFiles`. */
  readonly files: OwnFiles;
  /** The path of catalogue.yaml. */
  readonly catalogue: string;
  /** Where the manifests are, and their evidence below: the catalogue's folder, unless given. */
  readonly manifestsDir?: string;
  /** Where pins.yaml is. */
  readonly trustDir: string;
  readonly fetcher: Fetcher;
  readonly cache?: Cache;
  /** The time to judge by. */
  readonly now: Date;
  /** Entries by name, kinds, operating systems and architectures: all of them, unless given. */
  readonly only?: readonly string[];
  readonly kinds?: readonly string[];
  readonly os?: readonly string[];
  readonly architectures?: readonly Architecture[];
  /** Entries to resolve again even if upstream has nothing new. */
  readonly refresh?: readonly string[] | 'all';
  /** Write what was verified where other entries failed: those keep what they had. */
  readonly keepGoing?: boolean;
  /** False to look without writing; then everything is judged, whatever was judged before. */
  readonly write?: boolean;
  readonly reporter?: Reporter;
}

export interface ResolvedManifest {
  /** `<kind>.<os>.<arch>.json`. */
  readonly fileName: string;
  readonly name: ManifestName;
  /** `refused`: it needs an entry that failed, and is as it was. */
  readonly status: 'changed' | 'unchanged' | 'refused';
  /** Entries of the catalogue that it lacks. */
  readonly missing: readonly string[];
  /** As it stands in `files` now; undefined where there is none. */
  readonly manifest: Manifest | undefined;
}

export interface Resolved {
  readonly manifests: readonly ResolvedManifest[];
  /** Of entries: a refusal of one keeps its manifests as they were. */
  readonly failures: readonly Failure[];
  /** What did not follow from the catalogue, or had lost its proof, before the run. */
  readonly faults: readonly FoundFault[];
}

/**
 * Resolves what the catalogue wants through verified chains into manifests: each is written whole, with its evidence, or
 * stays as it was. What upstreams do wrong is among `failures`, and throws nothing.
 *
 * Throws UsageError `CATALOGUE_INVALID`, `TRUST_INVALID`, `MANIFEST_INVALID`, `STATE_INVALID`, `FILE_UNREADABLE` or
 * `FILE_UNWRITABLE`, and VerificationError for a committed trust anchor that is not the pinned one.
 */
export async function resolve(request: ResolveRequest): Promise<Resolved> {
  const { files, catalogue: path, trustDir, fetcher, now, write = true } = request;
  const { cache = noCache, reporter = silent } = request;
  const directory = directoryOf(path);
  const manifestsDir = request.manifestsDir ?? directory;
  const text = await files.read(path);
  if (text === undefined) throw new UsageError('FILE_UNREADABLE', `the catalogue ${path} does not exist`);
  const trust = await readTrust(trustDir, files);
  const catalogue = loadCatalogue(text, path, trust);
  const { only, kinds, os, architectures, refresh = [] } = request;
  const filters = { only, kinds, os, architectures, refresh: refresh === 'all' ? undefined : refresh };
  await requireCommitted(trust, { wanted: anchorsWanted(catalogue, filters), now, reporter });
  const result = await updateManifests({
    ...{ catalogue, filters, refresh, fetcher, cache, files, reporter, now, write },
    keepGoing: request.keepGoing ?? false,
    paths: { manifestsDir },
    trust: openTrust(trust, now, fetchingMissing(fetcher, reporter)),
    packagesOfImage: await readImagePackages(catalogue, directory, files),
  });
  const { failures, faults } = result;
  const manifests = result.manifests.map(async (one): Promise<ResolvedManifest> => {
    const file = `${manifestsDir}/${one.fileName}`;
    const bytes = await files.read(file);
    return { ...one, manifest: bytes && parseManifest(bytes, file) };
  });
  return { manifests: await Promise.all(manifests), failures, faults };
}

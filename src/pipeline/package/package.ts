/**
 * What a release of vmconfig consists of, by name and content: a tarball for each kind, OS and architecture, a manifest
 * that names it, and a checksum file of all of them.
 *
 * A tarball cannot name its own digest, so there are two manifests: the one in the tarball, whose `vmconfig` entry is
 * the stub, is what the VM installs by; the one beside it, with the tarball's URL, digest and size, is what the VM is
 * made from. They differ in that entry alone.
 */
import { parseChecksums } from '../../formats/upstream/checksums.ts';
import { renderManifest, type Manifest, type ManifestDependency } from '../../formats/own/manifest.ts';
import { stubEntry } from '../../formats/own/manifest-entries.ts';
import { stubKey } from '../../formats/own/manifest-schema.ts';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';
import { byKey } from '../../formats/text/record.ts';

export interface Packaged {
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface PackageNames {
  readonly tarball: string;
  readonly manifest: string;
  readonly checksums: string;
}

export function packageNames(version: string, { vmconfig: { kind, os } }: Manifest): PackageNames {
  const base = `vmconfig_${version}_${kind}_${os.name}_${os.arch}`;
  return {
    tarball: `${base}.tar.gz`,
    manifest: `${base}.json`,
    checksums: `vmconfig_${version}_checksums.txt`,
  };
}

/** The manifest that goes into the tarball. Throws UsageError `MANIFEST_INVALID`. */
export function packagedManifest(manifest: Manifest, version: string): Uint8Array {
  return withVmconfig(manifest, version, stubEntry(undefined));
}

/** The manifest that is published beside the tarball. Throws UsageError `MANIFEST_INVALID`. */
export function releasedManifest(manifest: Manifest, version: string, tarball: Packaged): Uint8Array {
  const { url, digest, sizeBytes: size } = tarball;
  return withVmconfig(manifest, version, { version, url, type: 'tar.gz', digest, size });
}

function withVmconfig(manifest: Manifest, version: string, entry: ManifestDependency): Uint8Array {
  const { vmconfig } = manifest;
  const providers = vmconfig.dependencies[stubKey]?.providers;
  const dependencies = {
    ...vmconfig.dependencies,
    [stubKey]: { ...entry, ...(providers === undefined ? {} : { providers }) },
  };
  return renderManifest({ vmconfig: { ...vmconfig, version, dependencies } });
}

/**
 * A checksum file with these files in it, sorted by name, as `sha512sum --check` reads it. Lines of other files that it
 * had stay: the packages of a release are made one by one. Throws UsageError `STATE_INVALID` for what assay did not
 * write.
 */
export function mergeChecksums(
  before: Uint8Array | undefined,
  files: Readonly<Record<string, Digest>>,
  file: string,
): Uint8Array {
  const lines = new Map(before === undefined ? [] : linesOf(before, file));
  for (const [name, digest] of Object.entries(files)) lines.set(name, digest);
  const sorted = [...lines].sort(byKey);
  return Buffer.from(sorted.map(([name, digest]) => `${digestHex(digest)}  ${name}\n`).join(''));
}

function linesOf(bytes: Uint8Array, file: string): (readonly [name: string, digest: Digest])[] {
  const seen = new Set<string>();
  return parseChecksums(bytes, file).map((line) => {
    if (line.kind === 'digest' && digestAlgorithm(line.digest) === 'sha512') {
      const { name, digest } = line;
      if (/^vmconfig_[\w.+~-]+$/.test(name) && !seen.has(name)) {
        seen.add(name);
        return [name, digest];
      }
    }
    const shown = line.kind === 'unreadable' ? line.text : 'name' in line ? line.name : undefined;
    throw new UsageError(
      'STATE_INVALID',
      `${file} has a line for ${String(shown)} that assay package did not write`,
      {
        hint: 'Remove the file, or name another --out.',
        context: { file, line },
      },
    );
  });
}

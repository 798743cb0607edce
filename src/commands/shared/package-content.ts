/** What goes into a package's tarball: the tree, with the manifest and the plan that the VM is installed by. */
import { parseManifest, type Manifest } from '../../formats/own/manifest.ts';
import { vmPaths } from '../../formats/own/vm-paths.ts';
import { listSourceTree, readSourceFile } from '../../io/source-tree.ts';
import type { TarInput } from '../../io/tar-writing.ts';
import { packagedManifest } from '../../pipeline/package/package.ts';
import { planPackage, withGenerated } from '../../pipeline/package/package-tree.ts';
import { renderInstallPlan } from '../../render/install-plan.ts';
import { digestOf } from '../../verify/digest.ts';
import type { PackageFlags } from './package-defaults.ts';

/** Where an installed VM looks for them (docs/mirror.md), as tarballs name it. */
const shareDirectory = vmPaths.share.slice(1);

/** Throws UsageError `TREE_INVALID`, `MANIFEST_INVALID` and `FILE_UNREADABLE`. */
export async function packageEntries(flags: PackageFlags, manifest: Manifest): Promise<readonly TarInput[]> {
  const bytes = packagedManifest(manifest, flags.version);
  const generated: Readonly<Record<string, Uint8Array>> = {
    [`${shareDirectory}/vmconfig-manifest.json`]: bytes,
    [`${shareDirectory}/vmconfig-manifest.sh`]: Buffer.from(
      renderInstallPlan(parseManifest(bytes, 'the manifest to be packaged'), digestOf('sha256', bytes)),
    ),
  };
  const own = Object.entries(generated).map(
    ([path, content]) => ({ path, type: 'file', mode: 0o644, sizeBytes: content.length }) as const,
  );
  const listed = planPackage(await listSourceTree(flags.tree), flags.tree);
  return withGenerated(listed, own, flags.tree).map((entry) => {
    if (entry.type !== 'file') return entry;
    const content = generated[entry.path];
    return {
      ...entry,
      content: content === undefined ? readSourceFile(flags.tree, entry.path, entry.sizeBytes) : [content],
    };
  });
}

/** OS images for `--boot`: in the cache by their digests, where the next run finds them, and unpacked below it. */
import { openDiskImages } from '../../io/disk-image/disk-images.ts';
import { ensureDirectory } from '../../io/files.ts';
import { digestAlgorithm, digestHex } from '../../model/digest.ts';
import type { Reporter } from '../../model/ports.ts';
import type { BootReading } from '../../pipeline/manifests/os-boot.ts';
import { stageFile } from '../../pipeline/staging/stage-file.ts';
import type { Host } from './host.ts';
import type { Network } from './network.ts';
import { withStagingDirectory } from './staging.ts';

/** Before anything is fetched. Throws UsageError `TOOL_MISSING`. */
export async function openBootReading(
  { fetcher, cacheDir }: Pick<Network, 'fetcher' | 'cacheDir'>,
  host: Pick<Host, 'env'>,
  reporter: Reporter,
): Promise<BootReading> {
  const images = await openDiskImages(host.env['PATH'] ?? '', `${cacheDir}/disks`);
  return {
    images,
    async obtain({ url, digest, size }) {
      const folder = `${cacheDir}/blobs/${digestAlgorithm(digest)}`;
      await ensureDirectory(folder, 0o700);
      const name = digestHex(digest);
      await withStagingDirectory(folder, {}, reporter, (directory) =>
        stageFile({ name, url, digest, sizeBytes: size }, directory, fetcher),
      );
      return `${folder}/${name}`;
    },
  };
}

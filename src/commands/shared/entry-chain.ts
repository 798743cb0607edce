/** What is shown of a reading of an image, once it was judged again. */
import type { Manifest } from '../../formats/own/manifest.ts';
import type { BootReading } from '../../formats/own/proof-chain.ts';
import type { OfflineEntry } from '../../pipeline/proofs/verdict.ts';

/** Of `os.boot`, where its proof holds. */
export function bootReadingOf(
  { boot, verdict }: OfflineEntry,
  manifest: string,
  { vmconfig: { os } }: Manifest,
): BootReading | undefined {
  if (boot === undefined || os.image === undefined || verdict !== 'recorded') return undefined;
  const fileOf = ({ partition, path, digest, size }: typeof boot.kernel) => ({
    partition,
    path,
    digest,
    size,
  });
  return {
    ...{ manifest, name: 'os.boot', verdict },
    image: { url: os.image.url, digest: os.image.digest },
    documents: boot.documents.map(({ partition, path, digest }) => ({ partition, path, digest })),
    ...{ cmdline: boot.cmdline, kernel: fileOf(boot.kernel), initrd: fileOf(boot.initrd) },
    ...{ tools: boot.tools, readAt: boot.readAt },
  };
}

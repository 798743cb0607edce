/** What is shown of an entry, once it was judged again. */
import type { Manifest } from '../../formats/own/manifest.ts';
import type { BootReading, ProofChain } from '../../formats/own/proof-chain.ts';
import { chainOf } from '../../pipeline/proofs/chain.ts';
import type { OfflineEntry } from '../../pipeline/proofs/verdict.ts';
import { documentsDirectory } from '../../pipeline/shared/kept-documents.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import type { Host } from './host.ts';
import { directoryOf } from './input-files.ts';

/** `manifest`: the path of its file. Undefined where there is no evidence to show it by. */
export function chainOfEntry(
  entry: OfflineEntry,
  manifest: string,
  { anchors }: Pick<Trust, 'anchors'>,
  host: Pick<Host, 'hintFor'>,
): ProofChain | undefined {
  const { evidence, verdict, refusal, since, trail } = entry;
  if (evidence === undefined || verdict === 'no file') return undefined;
  const documentsDir = documentsDirectory(directoryOf(manifest));
  const input = { manifest, evidence, verdict, refusal, since, trail, anchors, documentsDir };
  return chainOf(input, host.hintFor);
}

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

/** What is shown of an entry, once it was judged again. */
import type { ProofChain } from '../../formats/own/proof-chain.ts';
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

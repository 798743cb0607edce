/** The chain of an entry, once it was judged again. */
import type { ProofChain } from '../../formats/own/proof-chain.ts';
import { directoryOf } from '../../model/directory-of.ts';
import type { AssayError } from '../../model/errors.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import { documentsDirectory } from '../shared/kept-documents.ts';
import { chainOf } from './chain.ts';
import type { OfflineEntry } from './verdict.ts';

/** `manifest`: the path of its file. Undefined where there is no evidence to show it by. */
export function chainOfEntry(
  entry: OfflineEntry,
  manifest: string,
  { anchors }: Pick<Trust, 'anchors'>,
  hintFor: (error: AssayError) => string | undefined,
): ProofChain | undefined {
  const { evidence, verdict, refusal, since, trail } = entry;
  if (evidence === undefined || verdict === 'no file') return undefined;
  const documentsDir = documentsDirectory(directoryOf(manifest));
  const input = { manifest, evidence, verdict, refusal, since, trail, anchors, documentsDir };
  return chainOf(input, hintFor);
}

/** `explain`: why the entries of a manifest are believed, link by link, by what was kept beside it. */
import type { ProofChain } from '../../formats/own/proof-chain.ts';
import type { AssayError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import { chainOfEntry } from '../../pipeline/proofs/chain-of-entry.ts';
import { judgeOffline } from '../../pipeline/proofs/judge-offline.ts';
import { readManifests } from '../../pipeline/proofs/read-manifests.ts';
import { requireKnown } from '../../pipeline/shared/require-known.ts';
import { readTrust } from '../../pipeline/trust/anchors.ts';

export interface ExplainRequest {
  /** Where the manifest, its evidence and the trust anchors are: `createFileStore`, or `memoryFiles`. */
  readonly files: FileStore;
  /** The path of `<kind>.<os>.<arch>.json`. */
  readonly manifest: string;
  /** Entries by name: all, unless given. */
  readonly names?: readonly string[];
  /** Where pins.yaml is. */
  readonly trustDir: string;
  /** The directory of documents that are too large to be kept beside manifests. */
  readonly evidenceStore?: string;
  /** The time to judge by. */
  readonly now: Date;
}

/** One entry, judged again. */
export interface Explained {
  readonly name: string;
  /** `recorded`: nobody signed; `up to the index`: what is too large was not at hand; `no file`: a stub. */
  readonly verdict: ProofChain['verdict'] | 'no file';
  /** Undefined where there is no evidence to show it by. `renderChain` writes it as text. */
  readonly chain: ProofChain | undefined;
  /** Why it is refused. */
  readonly refusal: AssayError | undefined;
}

/**
 * Judges kept proofs again, without a network. A proof that does not hold throws nothing: its `verdict` is `refused`, and
 * the chain ends at the link that breaks.
 *
 * Throws UsageError `USAGE` for a name that the manifest does not have, `MANIFEST_INVALID`, `STATE_INVALID`,
 * `TRUST_INVALID` and `FILE_UNREADABLE`; and the refusal of a file that is not what its name says.
 */
export async function explain(request: ExplainRequest): Promise<readonly Explained[]> {
  const { files, manifest, names, trustDir, now, evidenceStore } = request;
  const trust = await readTrust(trustDir, files);
  const judged = await judgeOffline(await readManifests([manifest], files), {
    ...{ files, trust, now, evidenceStore },
  });
  const entries = judged.flatMap((one) => one.entries);
  for (const { error } of judged.flatMap(({ refusals }) => refusals)) throw error;
  requireKnown(
    'explain',
    names,
    entries.map(({ name }) => name),
    manifest,
  );
  return entries
    .filter(({ name }) => names?.includes(name) ?? true)
    .map((entry) => ({
      ...{ name: entry.name, verdict: entry.verdict, refusal: entry.refusal?.error },
      chain: chainOfEntry(entry, manifest, trust, ({ hint }) => hint),
    }));
}

/** What the report tells of. Text in it is of strangers: `markup` escapes it. */
import type { Changes } from '../../formats/own/changes.ts';
import type { ProofChain } from '../../formats/own/proof-chain.ts';
import type { Digest } from '../../model/digest.ts';
import type { Expiring } from '../../model/trust-review.ts';

export interface Report {
  readonly manifests: readonly ReportManifest[];
  /** Each with the manifests that it stands in alike. */
  readonly entries: readonly ReportEntry[];
  /** What of the trust anchors expires, the next first. */
  readonly expiring: readonly Expiring[];
  readonly since: { readonly revision: string; readonly changes: Changes } | undefined;
  /** When all of it was judged again. */
  readonly now: Date;
}

export interface ReportManifest {
  readonly fileName: string;
  readonly digest: Digest;
  /** What is wrong with the file as a whole. */
  readonly faults: readonly string[];
}

export interface ReportEntry {
  /** By their file names. */
  readonly manifests: readonly string[];
  readonly name: string;
  readonly version: string;
  /** What the manifest names; undefined for what names none. */
  readonly file: { readonly url: string; readonly digest: string } | undefined;
  /** Undefined for what no proof is of. */
  readonly chain: ProofChain | undefined;
  /** Of what is refused without a chain, and of what has no file: why. */
  readonly remark: string | undefined;
  readonly isRefused: boolean;
  /** Why it would be refused if it were judged by today's date and trust. */
  readonly since: string | undefined;
}

/** Verifies a candidate as a run would: by the source's own code, for each platform. */
import type { ArtifactType, Architecture } from '../../model/artifact.ts';
import type { AssayError } from '../../model/errors.ts';
import { UsageError } from '../../model/errors.ts';
import { sourceKinds } from '../../sources/registry.ts';
import type { Resolution, ResolveRequest, SourceContext } from '../../sources/source.ts';
import { methodOf } from '../../verify/registry.ts';
import type { Fields } from './candidates.ts';

export interface Proposal {
  /** Of the entry; of the source, too, unless `from` says otherwise. */
  readonly name: string;
  /** The source's. */
  readonly from?: string;
  /** The catalogue has the source already. */
  readonly isSourceThere?: true;
  readonly os: string;
  readonly kind: string | undefined;
  readonly architectures: readonly Architecture[];
  readonly type: ArtifactType;
  readonly source: Fields & { readonly type: string };
  /** Without `from`. */
  readonly entry: Fields;
}

export type Judgement = { readonly error: AssayError } | { readonly resolved: readonly Resolution[] };

/** Throws what is no AssayError: a bug. */
export async function judge(
  { name, from = name, os, kind, architectures, type, source, entry }: Proposal,
  verification: Fields,
  context: SourceContext,
): Promise<Judgement> {
  const sourceKind = sourceKinds[source.type];
  if (sourceKind === undefined) throw new TypeError(`no source ${source.type}`);
  const method = String(verification['method']);
  const checked = methodOf(method).schema.safeParse(verification);
  const asked = sourceKind.sourceSchema.safeParse(source);
  const wanted = sourceKind.entrySchema.safeParse({ from, ...entry });
  const fault = [checked, asked, wanted].find(({ success }) => !success)?.error?.issues[0];
  if (!checked.success || !asked.success || !wanted.success) {
    const where = fault?.path.join('.') ?? '';
    return {
      error: new UsageError(
        'CATALOGUE_INVALID',
        `the catalogue cannot say it: ${where} ${fault?.message ?? ''}`,
      ),
    };
  }
  const requests = architectures.map((arch): ResolveRequest<never> => ({
    ...{ name, type, kind, platform: { os, arch }, entry: wanted.data },
    verification: checked.data as { readonly method: string },
    ...{ previousVersion: undefined, watermark: undefined },
  }));
  const { resolutions } = await sourceKind.resolve(asked.data, requests, context);
  const all = requests.flatMap((request) => resolutions.get(request) ?? []);
  const failed = all.find((one) => one.status === 'failed');
  return failed === undefined ? { resolved: all } : { error: failed.error };
}

/**
 * What may be stated of a manifest: that it follows from the catalogue, and that each of its entries was judged again and
 * found good. Whatever falls short of that is refused, and there is no statement about it.
 */
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import { unknownEntries, entryAt } from '../shared/slots.ts';
import { entryKey, judgeState, type FaultInput } from './faults.ts';
import type { TargetState } from './manifest-state.ts';
import { targetsOf, type Target } from './targets.ts';

export interface JudgedEntry {
  /** Of a container image its reference, of anything else the catalogue's name. */
  readonly name: string;
  readonly evidence: EvidenceEntry;
  /** The index that the entry stands in was too large to be kept: that it does was not seen again. */
  readonly isUpToIndex: boolean;
}

/** Throws UsageError `USAGE` where the catalogue makes no manifest of this name. */
export function targetNamed(fileName: string, catalogue: FaultInput['catalogue']): Target {
  const target = targetsOf(catalogue, {}).find((one) => one.fileName === fileName);
  if (target !== undefined) return target;
  throw new UsageError('USAGE', `the catalogue makes no manifest called ${fileName}`, {
    hint: 'Name the catalogue that it was made from: --catalogue.',
  });
}

/** Throws VerificationError `EVIDENCE_MISSING` with all that was found. */
export async function judgeForStatement(
  state: TargetState & { readonly manifest: NonNullable<TargetState['manifest']> },
  input: FaultInput,
): Promise<readonly JudgedEntry[]> {
  const { target, manifest, evidence } = state;
  const { fileName } = target;
  const { vmconfig } = manifest;
  const { faults, unproven } = await judgeState(state, input);
  const open = new Set(unproven);
  const judged = target.dependencies.flatMap((dependency): JudgedEntry[] => {
    const [entry, why] = [entryAt(vmconfig, dependency), evidence[dependency.name]];
    if (entry === undefined || entry.digest === '' || why === undefined) return [];
    const isUpToIndex = open.has(entryKey(fileName, dependency.name)) && why.assurance !== 'checksum';
    return [{ name: entry.type === 'oci-image' ? entry.url : dependency.name, evidence: why, isUpToIndex }];
  });
  const lines = [
    ...faults.map(({ name, message }) => `${name ?? 'the file'}: ${message}`),
    ...target.dependencies.flatMap((one) =>
      entryAt(vmconfig, one) === undefined ? [`${one.name}: the manifest lacks it`] : [],
    ),
    ...unknownEntries(vmconfig, target.dependencies).map(
      (name) => `${name}: the catalogue keeps it, and nothing vouches for it`,
    ),
  ];
  if (lines.length === 0) return judged;
  throw new VerificationError('EVIDENCE_MISSING', `${fileName} cannot be stated to be verified`, {
    lines: [...new Set(lines)].map((line) => `  ${line}`),
    hint: 'Nothing was stated. Look at what differs, then resolve it anew: update-manifests.',
    context: { fileName, faults: lines },
  });
}

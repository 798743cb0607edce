/** Does a manifest, with the evidence beside it, follow from the catalogue whole? Nothing is judged again here. */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { UsageError } from '../../model/errors.ts';
import { entryAt, unknownEntries } from '../shared/slots.ts';
import { catalogueFaults } from './faults.ts';
import type { TargetState } from './manifest-state.ts';
import { targetsOf, type Target } from './targets.ts';

/** Throws UsageError `USAGE` where the catalogue makes no manifest of this name. */
export function targetNamed(fileName: string, catalogue: Catalogue): Target {
  const target = targetsOf(catalogue, {}).find((one) => one.fileName === fileName);
  if (target !== undefined) return target;
  throw new UsageError('USAGE', `the catalogue makes no manifest called ${fileName}`, {
    hint: 'Name the catalogue that it was made from: --catalogue.',
  });
}

/** What does not, a line each: what is missing and what the catalogue only keeps among it, since nothing vouches for that. */
export function conformanceFaults(
  state: TargetState & { readonly manifest: NonNullable<TargetState['manifest']> },
  catalogue: Catalogue,
): readonly string[] {
  const { target, manifest } = state;
  const { vmconfig } = manifest;
  const kept = unknownEntries(vmconfig, target.dependencies).filter((name) => name in catalogue.keep);
  return [
    ...catalogueFaults(state, catalogue).map(({ name, message }) => `${name ?? 'the file'}: ${message}`),
    ...target.dependencies.flatMap((one) =>
      entryAt(vmconfig, one) === undefined ? [`${one.name}: the manifest lacks it`] : [],
    ),
    ...kept.map((name) => `${name}: the catalogue keeps it, and nothing vouches for it`),
  ];
}

/**
 * What `--check` adds to asking upstream: do the files as they stand follow from the catalogue, and is what they rest
 * on still there? A run resolves anew what is not so; `isRepaired` tells of what is left.
 */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { renderEvidence } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { renderManifest, type Manifest } from '../../formats/own/manifest.ts';
import { show } from '../../formats/text/problems.ts';
import { AssayError } from '../../model/errors.ts';
import type { Anchors } from '../../sources/source.ts';
import { termsOf } from '../../verify/registry.ts';
import { documentFaults, entryFaults, evidenceFaults, notAllowed, signerFaults } from './entry-faults.ts';
import type { KeptDocuments, NextState, TargetState } from './manifest-state.ts';
import { entryAt, unknownEntries, withEntries } from './slots.ts';
import { digestOfRequest, expectationOf, type TargetDependency } from './targets.ts';

export interface Fault {
  readonly fileName: string;
  /** The entry; undefined for what the file as a whole lacks. */
  readonly name: string | undefined;
  readonly message: string;
}

/** As it stands, or as it will be: then there are no bytes yet that could be written otherwise. */
type Judged = TargetState | NextState;

export interface FaultInput {
  readonly catalogue: Catalogue;
  readonly anchors: Anchors;
  readonly documents: KeptDocuments;
}

/** Of the entries that the run may change, and of the file itself. */
export async function faultsOf(state: Judged, input: FaultInput): Promise<readonly Fault[]> {
  const { target, manifest } = state;
  const { fileName } = target;
  const faults: Fault[] = fileFaults(state, input.catalogue).map((one) => ({ fileName, ...one }));
  for (const dependency of target.dependencies) {
    const { name } = dependency;
    const entry = manifest && entryAt(manifest.vmconfig, dependency);
    // What is missing is resolved, and what is a stub written anew, in every run.
    if (entry === undefined || dependency.stub === true || !target.selected.has(name)) continue;
    const messages = await faultsOfEntry(entry, dependency, state, input);
    faults.push(...messages.map((message) => ({ fileName, name, message })));
  }
  return faults;
}

async function faultsOfEntry(
  entry: ManifestEntry,
  dependency: TargetDependency,
  { target, evidence }: Judged,
  { catalogue, anchors, documents }: FaultInput,
): Promise<readonly string[]> {
  const why = evidence[dependency.name];
  if (why === undefined) return ['it has no evidence: nothing says why it is believed'];
  const request = digestOfRequest(catalogue, dependency);
  if (why.request !== request) return ['it was resolved when the catalogue asked otherwise'];
  try {
    const expectation = expectationOf(catalogue, dependency, target, why.version);
    const { verification } = dependency;
    const isIndexed = entry.index !== undefined;
    const terms = termsOf({ verification, values: expectation.values, isIndexed });
    return [
      ...entryFaults(entry, dependency, target, expectation),
      ...(expectation.isAllowed ? [] : [notAllowed(why.version)]),
      ...evidenceFaults(entry, why, { expectation, terms, request }),
      ...documentFaults(why, terms, documents),
      ...(await signerFaults(why, terms, expectation, anchors)),
    ];
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return [error.message];
  }
}

function fileFaults(state: Judged, catalogue: Catalogue): readonly Omit<Fault, 'fileName'>[] {
  const { target, manifest, evidence } = state;
  const bytes = 'bytes' in state ? state.bytes : undefined;
  const { dependencies } = target;
  if (manifest === undefined) return [];
  const { vmconfig } = manifest;
  const whole = (message: string) => ({ name: undefined, message });
  const unknown = unknownEntries(vmconfig, dependencies).filter((name) => !(name in catalogue.keep));
  const proven = dependencies.filter((one) => (entryAt(vmconfig, one)?.digest ?? '') !== '');
  const explained = new Set([...unknown, ...proven.map(({ name }) => name)]);
  const left = Object.keys(evidence).filter((name) => !explained.has(name));
  const other = otherTarget(state, vmconfig);
  return [
    ...unknown.map((name) => ({ name, message: 'the catalogue has no such entry, and does not keep it' })),
    ...left.map((name) => ({ name, message: 'there is evidence for it, and no entry' })),
    ...other.map(whole),
    ...(other.length > 0 || isSame(bytes?.manifest, () => renderManifest(asWritten(state, manifest)))
      ? []
      : [whole('it is not written as assay writes it')]),
    ...(isSame(bytes?.evidence, () => renderEvidence(evidence))
      ? []
      : [whole('its evidence is not written as assay writes it')]),
  ];
}

function otherTarget({ target }: Judged, { kind, os }: Manifest['vmconfig']): readonly string[] {
  const fields = [
    ['kind', kind, target.kind],
    ['OS', os.name, target.platform.os],
    ['architecture', os.arch, target.platform.arch],
  ] as const;
  return fields.flatMap(([what, found, expected]) =>
    found === expected ? [] : [`its ${what} is ${show(found)}, expected ${show(expected)}`],
  );
}

/** The same entries, each in its place once, in the order that assay writes them in. */
function asWritten({ target }: Judged, { vmconfig }: Manifest): Manifest {
  const entries = new Map<string, ManifestEntry>();
  for (const dependency of target.dependencies) {
    const entry = entryAt(vmconfig, dependency);
    if (entry !== undefined) entries.set(dependency.name, entry);
  }
  return { vmconfig: withEntries(vmconfig, target.dependencies, entries) };
}

function isSame(bytes: Uint8Array | undefined, written: () => Uint8Array): boolean {
  return bytes === undefined || Buffer.compare(bytes, written()) === 0;
}

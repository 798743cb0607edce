/**
 * What `--check` adds to asking upstream: do the files as they stand follow from the catalogue, and is what they rest
 * on still there? A run resolves anew what is not so; `isRepaired` tells of what is left.
 */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { renderEvidence } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import type { BootProofs } from '../../formats/own/boot-proofs.ts';
import { osBootName, renderManifest, type Manifest } from '../../formats/own/manifest.ts';
import { show } from '../../formats/text/problems.ts';
import { isSigned } from '../../model/verification.ts';
import { failed } from '../../sources/failed.ts';
import { verifyBoot } from '../shared/boot-proof.ts';
import { entryFaults, evidenceFaults, notAllowed, proofFaults } from '../shared/entry-faults.ts';
import type { KeptDocuments } from '../shared/kept-documents.ts';
import type { KeptProof, KeptProofs } from '../shared/kept-proof.ts';
import type { NextState, TargetState } from './manifest-state.ts';
import { sealFaults } from '../shared/seal.ts';
import { entryAt, unknownEntries, withEntries } from '../shared/slots.ts';
import { expectationOf, isSameQuestion, questionAbout, type TargetDependency } from './targets.ts';

export interface Fault {
  readonly fileName: string;
  /** The entry; undefined for what the file as a whole lacks. */
  readonly name: string | undefined;
  readonly message: string;
}

/** As it stands, or as it will be: then there are no bytes yet that could be written otherwise. */
type State = TargetState | NextState;

export interface FaultInput {
  readonly catalogue: Catalogue;
  readonly proofs: KeptProofs;
  readonly bootProofs?: BootProofs | undefined;
  readonly documents: Pick<KeptDocuments, 'read'>;
}

/** Of the entries that the run may change, and of the file itself. */
export interface Judgement {
  readonly faults: readonly Fault[];
  /** Entries without a fault, of which the proof leaves something to upstream's word. See `entryKey`. */
  readonly unproven: readonly string[];
}

export function entryKey(fileName: string, name: string | undefined): string {
  return `${fileName} ${name ?? ''}`;
}

export async function judgeState(state: State, input: FaultInput): Promise<Judgement> {
  const { target, manifest } = state;
  const { fileName } = target;
  const faults: Fault[] = fileFaults(state, input.catalogue).map((one) => ({ fileName, ...one }));
  faults.push(...(await bootFaults(state, input)).map((one) => ({ fileName, ...one })));
  const unproven: string[] = [];
  const found = target.dependencies.flatMap((dependency) => {
    const entry = manifest && entryAt(manifest.vmconfig, dependency);
    // What is missing is resolved, and what is a stub written anew, in every run.
    if (entry === undefined || dependency.stub === true || !target.selected.has(dependency.name)) return [];
    return [{ name: dependency.name, entry, ...keptProofOf(entry, dependency, state, input.catalogue) }];
  });
  // Of all states, before the first one waits: what they share is looked at once.
  for (const { proof } of found) if (proof !== undefined) input.proofs.announce(proof);
  for (const { name, entry, proof, messages } of found) {
    const judged =
      proof === undefined ? { messages, isProven: false } : await judgeProof(entry, proof, input);
    faults.push(...judged.messages.map((message) => ({ fileName, name, message })));
    if (judged.messages.length === 0 && !judged.isProven) unproven.push(entryKey(fileName, name));
  }
  return { faults, unproven };
}

/** What the files say without any proof being judged again. */
export function catalogueFaults(
  state: TargetState,
  catalogue: Catalogue,
): readonly Omit<Fault, 'fileName'>[] {
  const { target, manifest } = state;
  return [
    ...fileFaults(state, catalogue),
    ...target.dependencies.flatMap((dependency) => {
      const entry = manifest && entryAt(manifest.vmconfig, dependency);
      if (entry === undefined) return [];
      const { messages } =
        dependency.stub === true ? stubFaults(entry) : keptProofOf(entry, dependency, state, catalogue);
      return messages.map((message) => ({ name: dependency.name, message }));
    }),
  ];
}

/** A run writes the stub anew; who only reads must not take a file in its place for what the catalogue asks. */
function stubFaults({ digest }: ManifestEntry): { readonly messages: readonly string[] } {
  return { messages: digest === '' ? [] : ['it is a stub in the catalogue, and names a file here'] };
}

/** The proof that is to be judged again, or what is wrong before that. */
function keptProofOf(
  entry: ManifestEntry,
  dependency: TargetDependency,
  { target, evidence: all }: State,
  catalogue: Catalogue,
): { readonly proof?: KeptProof; readonly messages: readonly string[] } {
  const evidence = all[dependency.name];
  if (evidence === undefined) return { messages: ['it has no evidence: nothing says why it is believed'] };
  if (!isSameQuestion(evidence.question, questionAbout(dependency, target))) {
    return { messages: ['it was resolved when the catalogue asked otherwise'] };
  }
  try {
    const { version, size: sizeBytes } = evidence;
    const expectation = expectationOf(catalogue, dependency, target, { version, sizeBytes });
    const messages = [
      ...entryFaults(entry, dependency, target.platform, expectation),
      ...(expectation.isAllowed ? [] : [notAllowed(version)]),
      ...evidenceFaults(entry, evidence, expectation),
    ];
    const { verification } = dependency;
    const proof = { evidence, verification, subject: expectation.subject };
    return messages.length > 0 ? { messages } : { proof, messages };
  } catch (error) {
    return { messages: [failed(error).error.message] };
  }
}

async function judgeProof(
  entry: ManifestEntry,
  proof: KeptProof,
  { proofs }: FaultInput,
): Promise<{ readonly messages: readonly string[]; readonly isProven: boolean }> {
  try {
    // Only a run that writes nothing is told what is unproven, and it knows nothing from before.
    if (await proofs.isKnownGood(proof, entry)) return { messages: [], isProven: false };
    const judged = await proofs.judge(proof);
    const { assurance, isUpToIndex } = judged.verified.result;
    const messages = [...proofFaults(entry, proof.evidence, judged), ...sealFaults(proof.evidence)];
    if (messages.length === 0) await proofs.rememberGood(proof, entry);
    return { messages, isProven: isSigned(assurance) && isUpToIndex !== true };
  } catch (error) {
    return { messages: [failed(error).error.message], isProven: false };
  }
}

/** Nothing vouches for what the catalogue keeps, and nothing is asked of it. */
async function bootFaults(
  { manifest }: State,
  { catalogue, bootProofs = {}, documents }: FaultInput,
): Promise<readonly Omit<Fault, 'fileName'>[]> {
  const os = manifest?.vmconfig.os;
  if (os?.boot === undefined || osBootName in catalogue.keep) return [];
  try {
    await verifyBoot(os, bootProofs, documents);
    return [];
  } catch (error) {
    return [{ name: osBootName, message: failed(error).error.message }];
  }
}

function fileFaults(state: State, catalogue: Catalogue): readonly Omit<Fault, 'fileName'>[] {
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

function otherTarget({ target }: State, { kind, os }: Manifest['vmconfig']): readonly string[] {
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
function asWritten({ target }: State, { vmconfig }: Manifest): Manifest {
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

/**
 * Whether new entries follow from the catalogue, and whether the entries of a manifest go together: one version in a
 * group, no digest under two names, the sandbox image that containerd asks for. Judged where this run changes one of
 * them: what stood there before is not its to judge.
 */
import type { Catalogue } from '../formats/catalogue.ts';
import { AssayError, VerificationError } from '../model/errors.ts';
import type { Fetcher } from '../model/ports.ts';
import type { Assembled, Refusal } from './assemble.ts';
import { checkSandboxImage, findSharedDigests } from './cross-checks.ts';
import { entryFaults, notAllowed } from './entry-faults.ts';
import { splitGroups } from './groups.ts';
import { entryAt } from './slots.ts';
import { expectationOf, type Target, type TargetDependency } from './targets.ts';

export interface CrossCheckInput {
  readonly catalogue: Catalogue;
  readonly fetcher: Fetcher;
  /** What was read in this run already: manifests share it. */
  readonly memo: Map<string, Promise<unknown>>;
}

/** The entries that must not be taken, and why; each is one that this run changes. */
export async function crossCheck(assembled: Assembled, input: CrossCheckInput): Promise<readonly Refusal[]> {
  if (assembled.changes.length === 0) return [];
  const images = await Promise.all(
    assembled.state.target.dependencies.map((one) => refuseOtherSandbox(one, assembled, input)),
  );
  return [
    ...refuseStrays(assembled, input.catalogue),
    ...splitGroups(assembled, input.catalogue),
    ...refuseSameDigests(assembled),
    ...images.flat(),
  ];
}

/** By the rules of `--check`: what it would call wrong is never written. */
function refuseStrays({ state, changes }: Assembled, catalogue: Catalogue): readonly Refusal[] {
  const { target, evidence } = state;
  const dependencies = new Map(target.dependencies.map((one) => [one.name, one]));
  return changes.flatMap(({ name, before, after }) => {
    const [dependency, version] = [dependencies.get(name), evidence[name]?.version];
    // A stub has no evidence, and follows from the catalogue as it is.
    if (dependency === undefined || version === undefined) return [];
    try {
      const expectation = expectationOf(catalogue, dependency, target, version);
      const faults = [...entryFaults(after, dependency, target, expectation)];
      // A version that stays until the next one is old enough was allowed once.
      if (!expectation.isAllowed && before?.version !== after.version) faults.push(notAllowed(version));
      return faults.map((fault) => ({ name, error: stray(name, target, fault) }));
    } catch (error) {
      if (error instanceof AssayError) return [{ name, error }];
      throw error;
    }
  });
}

function stray(name: string, { platform }: Target, fault: string): VerificationError {
  return new VerificationError(
    'SUBJECT_MISMATCH',
    `${name} (${platform.os} ${platform.arch}) does not follow from the catalogue: ${fault}`,
    { hint: 'What was vouched for is not what was asked for: report it.', context: { name, platform } },
  );
}

function refuseSameDigests(assembled: Assembled): readonly Refusal[] {
  const { state } = assembled;
  const { vmconfig } = state.manifest;
  // All of them: one that stood there before must not hide one that this run would bring in.
  return findSharedDigests(vmconfig).flatMap(({ digest, error }) => {
    const alike = state.target.dependencies.filter((one) => entryAt(vmconfig, one)?.digest === digest);
    return refuseChanged(assembled, alike, error);
  });
}

async function refuseOtherSandbox(
  dependency: TargetDependency,
  assembled: Assembled,
  { catalogue, fetcher, memo }: CrossCheckInput,
): Promise<readonly Refusal[]> {
  const { target, manifest } = assembled.state;
  const { vmconfig } = manifest;
  const other = target.dependencies.find(({ name }) => name === dependency.equals?.dependency);
  const [own, theirs] = [entryAt(vmconfig, dependency), other && entryAt(vmconfig, other)];
  if (other === undefined || own === undefined || theirs === undefined) return [];
  if (changedOf(assembled, [dependency, other]).length === 0) return [];
  const check = { catalogue, dependency, image: own.url, version: theirs.version, memo };
  try {
    await checkSandboxImage(check, fetcher);
    return [];
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return refuseChanged(assembled, [dependency, other], error);
  }
}

function refuseChanged(
  assembled: Assembled,
  dependencies: readonly TargetDependency[],
  error: AssayError,
): readonly Refusal[] {
  return changedOf(assembled, dependencies).map((name) => ({ name, error }));
}

function changedOf({ changes }: Assembled, dependencies: readonly TargetDependency[]): readonly string[] {
  return dependencies.map(({ name }) => name).filter((name) => changes.some((one) => one.name === name));
}

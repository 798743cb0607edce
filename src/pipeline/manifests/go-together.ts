/**
 * Whether new entries follow from the catalogue, and whether the entries of a manifest go together: one version in a
 * group, no digest under two names, the sandbox image that containerd asks for, packages with all that they depend on.
 * Judged where this run changes one of them: what stood there before is not its to judge.
 */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import type { Assembled, Refusal } from './assemble.ts';
import { checkSandboxImage, findSharedDigests } from './cross-checks.ts';
import { entryFaults, notAllowed } from '../shared/entry-faults.ts';
import { refuseUnmetNeeds, type DependsInput } from './depends.ts';
import { splitGroups } from './groups.ts';
import { entryAt } from '../shared/slots.ts';
import { expectationOf, type Target, type TargetDependency } from './targets.ts';

export interface CrossCheckInput extends DependsInput {
  readonly catalogue: Catalogue;
  readonly fetcher: Fetcher;
  /** What was read in this run already: manifests share it. */
  readonly memo: Map<string, Promise<unknown>>;
}

/** The entries that must not be taken, and why; each is one that this run changes. */
export async function crossCheck(assembled: Assembled, input: CrossCheckInput): Promise<readonly Refusal[]> {
  if (assembled.changes.length === 0) return [];
  const changed = new Set(assembled.changes.map(({ name }) => name));
  const images = await Promise.all(
    assembled.state.target.dependencies
      .filter(({ equals }) => equals !== undefined)
      .map((one) => refuseOtherSandbox(one, assembled, changed, input)),
  );
  return [
    ...refuseStrays(assembled, input.catalogue),
    ...splitGroups(assembled, input.catalogue),
    ...refuseSameDigests(assembled, changed),
    ...images.flat(),
    ...(await refuseUnmetNeeds(assembled, input)),
  ];
}

/** By the rules of `--check`: what it would call wrong is never written. */
function refuseStrays({ state, changes }: Assembled, catalogue: Catalogue): readonly Refusal[] {
  const { target, evidence } = state;
  const dependencies = new Map(target.dependencies.map((one) => [one.name, one]));
  return changes.flatMap(({ name, before, after }) => {
    const [dependency, why] = [dependencies.get(name), evidence[name]];
    // A stub has no evidence, and follows from the catalogue as it is.
    if (dependency === undefined || why === undefined) return [];
    const { version } = why;
    try {
      const expectation = expectationOf(catalogue, dependency, target, { version, sizeBytes: why.size });
      const faults = [...entryFaults(after, dependency, target.platform, expectation)];
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

function refuseSameDigests({ state }: Assembled, changed: ReadonlySet<string>): readonly Refusal[] {
  const { vmconfig } = state.manifest;
  // All of them: one that stood there before must not hide one that this run would bring in.
  const shared = findSharedDigests(state.manifest);
  if (shared.length === 0) return [];
  const byDigest = Map.groupBy(state.target.dependencies, (one) => entryAt(vmconfig, one)?.digest);
  return shared.flatMap(({ digest, error }) => refuseChanged(byDigest.get(digest) ?? [], changed, error));
}

async function refuseOtherSandbox(
  dependency: TargetDependency,
  { state }: Assembled,
  changed: ReadonlySet<string>,
  { catalogue, fetcher, memo }: CrossCheckInput,
): Promise<readonly Refusal[]> {
  const { target, manifest } = state;
  const { vmconfig } = manifest;
  const other = target.dependencies.find(({ name }) => name === dependency.equals?.dependency);
  const [own, theirs] = [entryAt(vmconfig, dependency), other && entryAt(vmconfig, other)];
  if (other === undefined || own === undefined || theirs === undefined) return [];
  if (!changed.has(dependency.name) && !changed.has(other.name)) return [];
  const check = { catalogue, dependency, image: own.url, version: theirs.version, memo };
  try {
    await checkSandboxImage(check, fetcher);
    return [];
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return refuseChanged([dependency, other], changed, error);
  }
}

function refuseChanged(
  dependencies: readonly TargetDependency[],
  changed: ReadonlySet<string>,
  error: AssayError,
): readonly Refusal[] {
  return dependencies.flatMap(({ name }) => (changed.has(name) ? [{ name, error }] : []));
}

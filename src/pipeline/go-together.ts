/**
 * Whether the entries of a manifest go together: one version in a group, no digest under two names, the sandbox image
 * that containerd asks for. Judged where this run changes one of them: what stood there before is not its to judge.
 */
import type { Catalogue } from '../formats/catalogue.ts';
import { AssayError } from '../model/errors.ts';
import type { Fetcher } from '../model/ports.ts';
import type { Assembled, Refusal } from './assemble.ts';
import { checkSandboxImage, findSharedDigests } from './cross-checks.ts';
import { splitGroups } from './groups.ts';
import { entryAt } from './slots.ts';
import type { TargetDependency } from './targets.ts';

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
  return [...splitGroups(assembled, input.catalogue), ...refuseSameDigests(assembled), ...images.flat()];
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

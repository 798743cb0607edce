/** One state of a TUF repository, which may be changed before it is signed and after; and the next one. */
import {
  buildTufRepository,
  type TufKey,
  type TufKeys,
  type TufRepositoryOptions,
  type TufRole,
} from '../../scripts/upstream/tuf-repository.ts';
import type { Random } from '../fuzz/random.ts';
import { take, type Pool } from './tuf-keys.ts';

export const targetName = 'trusted_root.json';
export const roles: readonly TufRole[] = ['root', 'timestamp', 'snapshot', 'targets'];

/** By path in the repository. */
export type Files = ReadonlyMap<string, Uint8Array>;

type Online = Exclude<TufRole, 'root'>;
type Edits = { [R in TufRole]: NonNullable<NonNullable<TufRepositoryOptions['edit']>[R]>[] };

/** One state of a repository, before it is signed. */
export interface Draft {
  readonly now: Date;
  generations: TufKeys[];
  thresholds: Record<TufRole, number>;
  versions: Record<Online, number>;
  readonly expires: Partial<Record<TufRole, Date>>;
  readonly edits: Edits;
  readonly signers: Partial<Record<TufRole, readonly TufKey[]>>;
  target: Uint8Array;
  /** What becomes of the files once they are signed. */
  readonly after: ((files: Map<string, Uint8Array>) => void)[];
}

export function honest(random: Random, pool: Pool, now: Date): Draft {
  const thresholds = { root: 1, timestamp: 1, snapshot: 1, targets: 1 };
  const keys = Object.fromEntries(
    roles.map((role) => {
      const count = 1 + random.below(role === 'root' || role === 'targets' ? 4 : 2);
      thresholds[role] = 1 + random.below(count);
      return [role, take(count, random, pool)];
    }),
  ) as unknown as TufKeys;
  return {
    ...{ now, generations: [keys], thresholds, expires: {}, signers: {}, after: [] },
    versions: { timestamp: 1 + random.below(5), snapshot: 1 + random.below(5), targets: 1 + random.below(5) },
    edits: { root: [], timestamp: [], snapshot: [], targets: [] },
    target: Buffer.from(`trusted ${String(random.below(1000))}\n`),
  };
}

/** A later state of it. `isQuiet`: a timestamp and nothing else. */
export function next(draft: Draft, random: Random, isQuiet = false): Draft {
  const { timestamp, snapshot, targets } = draft.versions;
  const step = isQuiet ? 0 : 1;
  return {
    ...draft,
    ...{ generations: [...draft.generations], thresholds: { ...draft.thresholds }, expires: {}, signers: {} },
    ...{ after: [], edits: { root: [], timestamp: [], snapshot: [], targets: [] } },
    versions: { timestamp: timestamp + 1, snapshot: snapshot + step, targets: targets + step },
    target: isQuiet ? draft.target : Buffer.from(`trusted ${String(random.below(1000))}\n`),
  };
}

/** Roots more, some of which have other keys for some of the roles. */
export function rotate(draft: Draft, random: Random, pool: Pool): void {
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const last = draft.generations.at(-1)!;
    const changed = Object.fromEntries(
      roles.flatMap((role) =>
        random.oneIn(2) ? [] : [[role, take(last[role].length, random, pool)] as const],
      ),
    );
    draft.generations.push({ ...last, ...changed });
  }
}

export function build(draft: Draft) {
  const { now, generations, versions, expires, signers, thresholds, edits, after } = draft;
  const apply =
    <T>(all: readonly ((signed: T) => void)[]) =>
    (signed: T) => {
      for (const one of all) one(signed);
    };
  const setThresholds: Edits['root'][number] = (signed) => {
    for (const role of roles) signed.roles[role]!.threshold = thresholds[role];
  };
  const { files: signed, roots } = buildTufRepository({
    ...{ now, generations, versions, expires, signers },
    target: { name: targetName, bytes: draft.target },
    edit: {
      root: apply([setThresholds, ...edits.root]),
      timestamp: apply(edits.timestamp),
      snapshot: apply(edits.snapshot),
      targets: apply(edits.targets),
    },
  });
  const files = new Map([...signed].map(([path, bytes]) => [path.slice(path.indexOf('/') + 1), bytes]));
  for (const one of after) one(files);
  return { files, roots };
}

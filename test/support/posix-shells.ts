/** The shells that rendered scripts must run under: those that are here. What is missing is named by a skipped test. */
import { spawnSync } from 'node:child_process';
import type { TestAPI } from 'vitest';

export interface PosixShell {
  readonly name: string;
  /** Before a script's name. */
  readonly argv: readonly [string, ...string[]];
}

const known: readonly PosixShell[] = [
  { name: 'dash', argv: ['dash'] },
  { name: 'bash', argv: ['bash'] },
  { name: 'busybox sh', argv: ['busybox', 'sh'] },
];

const isHere = ({ argv: [program, ...args] }: PosixShell) =>
  spawnSync(program, [...args, '-c', ':'], { stdio: 'ignore' }).status === 0;

const installed = known.filter(isHere);

/** At least one: whatever `sh` is, where none of the three is here. */
export const posixShells: readonly PosixShell[] =
  installed.length > 0 ? installed : [{ name: 'sh', argv: ['sh'] }];

export const missingShells: readonly string[] = known
  .filter((one) => !installed.includes(one))
  .map(({ name }) => name);

/** Whether a program can be run at all, for tests that need it and must say so where it is missing. */
export function hasProgram(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Everything under every shell takes minutes: that is for the night. */
const isThorough = process.env['ASSAY_SHELLS'] === 'all';

/** For what few tests tell: BusyBox, which is the least like the others, where it is here; all where ASSAY_SHELLS is `all`. */
export const shellsForFew = isThorough ? posixShells : posixShells.slice(-1);

/** Whose turn it is: each time it is asked, the next of `posixShells`; everybody's where ASSAY_SHELLS is `all`. */
function turnsOf({ name }: PosixShell): () => boolean {
  let count = 0;
  return () => isThorough || posixShells[count++ % posixShells.length]?.name === name;
}

/** What of it is run under this shell: the shells take turns, so that each case is run under one of them. */
export function shareOf<T>(shell: PosixShell, cases: readonly T[]): readonly T[] {
  return cases.filter(turnsOf(shell));
}

/**
 * `test` for what is told under each of `posixShells`, which take turns likewise. For three tests or more: a shell without
 * any is an error of vitest's.
 */
export function inTurn<T extends TestAPI>(test: T, shell: PosixShell): T {
  const isOwn = turnsOf(shell);
  const own = (name: string, ...rest: unknown[]): unknown =>
    isOwn() ? Reflect.apply(test, undefined, [name, ...rest]) : undefined;
  const each = (cases: readonly unknown[]): unknown => Reflect.apply(test.for, test, [cases.filter(isOwn)]);
  return Object.assign(own, { for: each }) as unknown as T;
}

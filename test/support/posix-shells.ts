/** The shells that rendered scripts must run under: those that are here. What is missing is named by a skipped test. */
import { spawnSync } from 'node:child_process';

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

/**
 * Runs a command to its end and measures the whole process: wall time by this process's monotonic clock,
 * peak memory by the operating system.
 *
 * Memory is the maximum resident set size that the kernel hands to wait4(2), as GNU time prints it; Node
 * does not give a child's. Where there is no GNU time, VmHWM of /proc/<pid>/status is polled: the same
 * figure, but for what a process allocates in its last milliseconds. Of a command that starts others, the
 * kernel's figure is its largest process's and not the sum; the polled one is the first process's.
 *
 * GNU time also tells the processor's time, user and system, of all processes: other work on the machine
 * lengthens that far less than it does the wall time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** All of it: nothing comes from the environment of the benchmark. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Measurement {
  readonly wallMs: number;
  /** Undefined where the system does not say, and so below. */
  readonly peakBytes: number | undefined;
  readonly cpuMs: number | undefined;
}

export type MemoryMethod = 'GNU time' | 'VmHWM' | 'none';

const gnuTime = '/usr/bin/time';
/** Peak memory in KiB, user and system time in seconds. */
const timeFormat = '%M %U %S';
const pollMs = 2;

export function memoryMethod(): MemoryMethod {
  if (spawnSync(gnuTime, ['-f', timeFormat, 'true'], { stdio: 'ignore' }).status === 0) return 'GNU time';
  return readPeak('self') === undefined ? 'none' : 'VmHWM';
}

/** Rejects where the command fails: a failed run has no time. `scratch`: a file that may be overwritten. */
export async function measure(command: Command, method: MemoryMethod, scratch: string): Promise<Measurement> {
  const argv =
    method === 'GNU time' ? [gnuTime, '-f', timeFormat, '-o', scratch, ...command.argv] : [...command.argv];
  const [program = '', ...args] = argv;
  const start = process.hrtime.bigint();
  const child = spawn(program, args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let polled: number | undefined;
  const poll = setInterval(() => (polled = readPeak(String(child.pid)) ?? polled), pollMs);
  if (method !== 'VmHWM') clearInterval(poll);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const { exitCode, wallMs } = await new Promise<{ exitCode: number | null; wallMs: number }>(
    (resolve, reject) => {
      let end: bigint | undefined;
      child.on('error', reject);
      child.on('exit', () => (end = process.hrtime.bigint()));
      child.on('close', (code) => {
        resolve({ exitCode: code, wallMs: Number((end ?? process.hrtime.bigint()) - start) / 1e6 });
      });
    },
  ).finally(() => clearInterval(poll));
  if (exitCode !== 0) {
    throw new Error(`exit ${String(exitCode)}: ${command.argv.join(' ')}\n${stderr}`);
  }
  if (method !== 'GNU time') return { wallMs, peakBytes: polled, cpuMs: undefined };
  const [peak, user, system] = (await readFile(scratch, 'utf8')).split(' ').map(Number) as [
    number,
    number,
    number,
  ];
  return { wallMs, peakBytes: peak * 1024, cpuMs: (user + system) * 1000 };
}

/** The highest resident set size so far, in bytes; undefined where /proc does not have it. */
function readPeak(pid: string): number | undefined {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return match === null ? undefined : Number(match[1]) * 1024;
  } catch {
    return undefined;
  }
}

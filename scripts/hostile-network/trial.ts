/** One command against one fault: how it ended, how long it took, how much memory, and what it left. */
import { cp, readFile, rm } from 'node:fs/promises';
import { runBuilt, type Ended } from '../interruption/built-command.ts';
import type { Files } from '../interruption/scenario.ts';
import { held, isInTheMaking, type Place } from '../interruption/trial.ts';

export interface Bounds {
  readonly seconds: number;
  readonly memoryBytes: number;
}

export interface TrialInput extends Place {
  readonly template: string;
  /** What the command makes where nobody is hostile. */
  readonly whole: Files;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly bounds: Bounds;
}

export interface Tried {
  /** Undefined where all is well. */
  readonly fault: string | undefined;
  readonly seconds: number;
  readonly memoryBytes: number;
}

/**
 * A failure of the network is 4 and a refusal 5: what was written until then is right. 0 is for who got all from elsewhere,
 * or before.
 */
export async function tryFault({
  template,
  whole,
  directory,
  remote,
  args,
  env,
  bounds,
}: TrialInput): Promise<Tried> {
  await cp(template, directory, { recursive: true });
  const before = await held({ directory, remote });
  const began = performance.now();
  try {
    const { exitCode, stderr, memoryBytes } = await runMeasured(directory, args, env, bounds);
    const seconds = (performance.now() - began) / 1000;
    const after = await held({ directory, remote });
    const wrong = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) =>
        before.get(path) !== after.get(path) && whole.get(path) !== after.get(path) && !isInTheMaking(path),
    );
    const isWhole = [...whole].every(([path, content]) => after.get(path) === content);
    const isRefused = exitCode === 4 || exitCode === 5;
    const faults = [
      isRefused || (exitCode === 0 && isWhole) ? [] : [`it ends with ${String(exitCode)}`],
      wrong.length === 0 ? [] : [`it changes ${wrong.join(', ')}`],
      !isRefused || /\[[A-Z_]+\]/.test(stderr) ? [] : ['its error has no code'],
      /[\0-\x08\x0b-\x1f\x7f]/.test(stderr) ? ['it prints control characters, which a server sent'] : [],
      seconds <= bounds.seconds ? [] : [`it takes ${seconds.toFixed(0)} s`],
      memoryBytes <= bounds.memoryBytes ? [] : [`it takes ${(memoryBytes / 1e6).toFixed(0)} MB`],
    ].flat();
    const fault = faults.length === 0 ? undefined : `${faults.join('; ')}\n${stderr.slice(0, 2000)}`;
    return { fault, seconds, memoryBytes };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runMeasured(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { seconds }: Bounds,
): Promise<Ended & { readonly memoryBytes: number }> {
  let memoryBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const onStart = (pid = 0) => {
    timer = setInterval(() => {
      readFile(`/proc/${String(pid)}/status`, 'utf8').then(
        (status) => {
          memoryBytes = Math.max(memoryBytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024);
        },
        // It has just ended.
        () => undefined,
      );
    }, 100);
  };
  try {
    const ended = await runBuilt(directory, args, { env, seconds: seconds + 30, onStart });
    return { ...ended, memoryBytes };
  } finally {
    clearInterval(timer);
  }
}

/** One run of a command that is interrupted, and what must hold after it. */
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { isTemporaryName } from '../../src/io/temporary-file.ts';
import { runBuilt, type Ended } from './built-command.ts';
import { danglingIn } from './dangling.ts';
import { argsFor, type Files, type Remote, type Scenario } from './scenario.ts';

export interface Setting {
  readonly scenario: Scenario;
  /** The compiled preload; without it nothing is counted, nor interrupted. */
  readonly library?: string;
  /** What is there before, which each run gets a copy of. */
  readonly template: string;
  /** As the scenario has it before the command; each run gets a copy of it, too. */
  readonly remote?: Remote | undefined;
  readonly work: string;
}

/** What an uninterrupted run makes, and how many system calls of it write. */
export interface Whole {
  readonly before: Files;
  readonly after: Files;
  readonly calls: number;
}

export async function runWhole(setting: Setting): Promise<Whole> {
  return inCopy(setting, 'whole', async (place) => {
    const before = await held(place);
    const { ended, calls } = await interrupt(setting, place, { at: 0, how: 'kill' });
    if (ended.exitCode !== 0) throw new Error(`${setting.scenario.name} does not end well:\n${ended.stderr}`);
    return { before, after: await held(place), calls };
  });
}

export interface Interruption {
  /** Which system call, from 1 on. */
  readonly at: number;
  /** As the preload understands it. */
  readonly how: string;
}

/** Undefined where all is well. Two runs: the one that is interrupted, and the next one. */
export async function tryOnce(
  setting: Setting,
  whole: Whole,
  interruption: Interruption,
): Promise<string | undefined> {
  const name = `${String(interruption.at)}-${interruption.how}`;
  return inCopy(setting, name, async (place) => {
    const { ended } = await interrupt(setting, place, interruption);
    const fault = faultOf(ended, await held(place), whole, interruption);
    if (fault !== undefined) return `${fault}\n${ended.stderr}`;
    const again = await runBuilt(place.directory, argsFor(setting.scenario.args, place.remote));
    if (again.exitCode !== 0) return `the next run ends with ${String(again.exitCode)}\n${again.stderr}`;
    // A file that was in the making stays for an hour: its run might be at work still.
    const stray = differences(whole.after, await held(place)).filter((path) => !isInTheMaking(path));
    return stray.length === 0 ? undefined : `after the next run, other than whole: ${stray.join(', ')}`;
  });
}

/** Each file is as it was before or as it is after; what is new and hidden is one in the making. */
function faultOf(
  { exitCode, stderr }: Ended,
  left: Files,
  { before, after }: Whole,
  { how }: Interruption,
): string | undefined {
  for (const [path, content] of left) {
    if (content === before.get(path) || content === after.get(path)) continue;
    if (!before.has(path) && !after.has(path) && isInTheMaking(path)) continue;
    return `${path} is neither as it was nor as it is to be`;
  }
  const lost = [...before.keys()].find((path) => after.has(path) && !left.has(path));
  if (lost !== undefined) return `${lost} is gone`;
  const known = new Set([before, after].flatMap(danglingIn));
  const dangling = danglingIn(left).find((one) => !known.has(one));
  if (dangling !== undefined) return dangling;
  const isKill = how === 'kill' || how === 'tear';
  if (isKill) return undefined;
  if (exitCode === 0) {
    // Of what cannot be removed at the end nobody has to hear.
    const other = differences(after, left).filter((path) => !isInTheMaking(path));
    return other.length === 0 ? undefined : `it says that all is well, and it is not: ${other.join(', ')}`;
  }
  const isForeseen = [2, 4, 5, 6].includes(exitCode ?? -1) && /^error/m.test(stderr);
  return isForeseen ? undefined : `it ends with ${String(exitCode)}, which is no refusal`;
}

/** Its own, by their name, and what `stage` and `mirror` keep apart to go on from. */
export function isInTheMaking(path: string): boolean {
  return isTemporaryName(basename(path)) || path.split(sep).includes('.assay');
}

function differences(one: Files, other: Files): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((path) => one.get(path) !== other.get(path));
}

/** What one run has for itself. */
export interface Place {
  readonly directory: string;
  readonly remote: Remote | undefined;
}

async function inCopy<T>(
  { template, remote: original, work }: Setting,
  name: string,
  action: (place: Place) => Promise<T>,
): Promise<T> {
  const directory = join(work, name);
  const remote = await original?.copy();
  try {
    await cp(template, directory, { recursive: true });
    return await action({ directory, remote });
  } finally {
    await remote?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function interrupt(
  { scenario, library }: Setting,
  { directory, remote }: Place,
  { at, how }: Interruption,
): Promise<{ readonly ended: Ended; readonly calls: number }> {
  const counter = `${directory}.count`;
  await writeFile(counter, Buffer.alloc(8));
  const env = {
    INTERRUPT_UNDER: directory,
    INTERRUPT_COUNTER: counter,
    INTERRUPT_AT: String(at),
    INTERRUPT_HOW: how,
    INTERRUPT_PORT: remote?.host.split(':')[1] ?? '0',
  };
  const ended = await runBuilt(directory, argsFor(scenario.args, remote), {
    env: library === undefined ? {} : { ...env, LD_PRELOAD: library },
  });
  const calls = Number((await readFile(counter)).readBigUInt64LE());
  await rm(counter);
  return { ended, calls };
}

export async function held({ directory, remote }: Place): Promise<Files> {
  return new Map([...(await filesBelow(directory)), ...(remote?.held() ?? [])]);
}

/** Every file and link below a directory but for the cache, by its path. */
async function filesBelow(directory: string): Promise<Files> {
  await mkdir(directory, { recursive: true });
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  const named = found
    .filter((one) => !one.isDirectory())
    .map((one) => ({ entry: one, path: relative(directory, join(one.parentPath, one.name)) }))
    .filter(({ path }) => path.split(sep)[0] !== 'cache');
  const contents = await Promise.all(
    named.map(async ({ entry, path }) => {
      const content = entry.isFile() ? await readFile(join(directory, path), 'base64') : 'no regular file';
      return [path, content] as const;
    }),
  );
  return new Map(contents);
}

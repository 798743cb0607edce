/**
 * `make interruption`: every command that writes, interrupted between two system calls that write or send. It is killed
 * there, or in the middle of one; or the disk is full from there on, read-only or over its quota, an input/output error
 * happens once, or the clock jumps. Never is a file half-written or lost, nor does one name what is not there; a failure is
 * never called well, and the next run completes.
 *
 * Options: --only TEXT (scenarios with it in their name), --points N (of each kind for each command, 12; 0 for all),
 * --how KIND. Needs a C compiler, and says so where there is none. Exit code 1 for a finding.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeScenarios } from './interruption/scenarios.ts';
import { argsFor, type Scenario } from './interruption/scenario.ts';
import { runBuilt } from './interruption/built-command.ts';
import { runWhole, tryOnce, type Interruption, type Setting } from './interruption/trial.ts';

const { ENOSPC, EROFS, EDQUOT, EIO } = constants.errno;
const tenYears = 315_360_000;

/** By name: as the preload understands it. */
const kinds: Readonly<Record<string, string>> = {
  killed: 'kill',
  'killed in a write': 'tear',
  'disk full': String(ENOSPC),
  'read-only': String(EROFS),
  'over quota': String(EDQUOT),
  'input/output error': `once-${String(EIO)}`,
  'clock ten years on': `clock-${String(tenYears)}`,
  'clock ten years back': `clock-${String(-tenYears)}`,
};
const atOnce = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    points: { type: 'string', default: '12' },
    how: { type: 'string' },
  },
});
const points = Number(values.points);
if (!Number.isSafeInteger(points) || points < 0) throw new RangeError('--points takes a number from 0 on');
if (values.how !== undefined && kinds[values.how] === undefined)
  throw new RangeError(`--how is one of ${Object.keys(kinds).join(', ')}`);

const work = await mkdtemp(join(tmpdir(), 'assay-interruption-'));
try {
  const library = join(work, 'preload.so');
  const source = join(import.meta.dirname, 'interruption/preload.c');
  const { error, status, stderr } = spawnSync(
    'cc',
    ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'],
    {
      encoding: 'utf8',
    },
  );
  if (error !== undefined || status !== 0) {
    console.log(
      `interruption: SKIPPED, nothing was tested: no C compiler makes the preload: ${stderr || String(error)}`,
    );
  } else {
    await interruptAll(library);
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

async function interruptAll(library: string): Promise<void> {
  const { scenarios, close } = await makeScenarios();
  try {
    let [trials, findings] = [0, 0];
    for (const scenario of scenarios.filter(({ name }) => name.includes(values.only))) {
      const found = await interruptScenario(scenario, library);
      trials += found.trials;
      findings += found.findings;
    }
    console.log(`interruption: ${String(trials)} interrupted runs, ${String(findings)} findings`);
    if (findings > 0 || trials === 0) process.exitCode = 1;
  } finally {
    await close();
  }
}

async function interruptScenario(scenario: Scenario, library: string) {
  const own = join(work, scenario.name.replaceAll(/\W+/g, '-'));
  const template = join(own, 'template');
  await mkdir(template, { recursive: true });
  const remote = await scenario.remote?.();
  try {
    await scenario.prepare(template, async (args) => {
      const { exitCode, stderr } = await runBuilt(template, argsFor(args, remote));
      if (exitCode !== 0)
        throw new Error(`${scenario.name}: what comes before does not end well:\n${stderr}`);
    });
    // What an earlier run cached would only make less happen.
    await rm(join(template, 'cache'), { recursive: true, force: true });
    return await interruptOften({ scenario, library, template, remote, work: own });
  } finally {
    await remote?.close();
    await rm(own, { recursive: true, force: true });
  }
}

async function interruptOften(setting: Setting) {
  const { name: ofScenario } = setting.scenario;
  const whole = await runWhole(setting);
  const waiting: Interruption[] = Object.entries(kinds)
    .filter(([name]) => values.how === undefined || values.how === name)
    .flatMap(([, how], at) => pointsOf(whole.calls, at).map((point) => ({ at: point, how })));
  const trials = waiting.length;
  let findings = 0;
  const tryNext = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const fault = await tryOnce(setting, whole, next);
      if (fault === undefined) continue;
      findings += 1;
      console.log(`FOUND ${ofScenario}, ${next.how} at ${String(next.at)}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, tryNext));
  console.log(
    `${ofScenario}: ${String(whole.calls)} system calls that write, ${String(trials)} interrupted runs, ${String(findings)} findings`,
  );
  return { trials, findings };
}

/** Spread evenly; each kind begins a little later, so that together they meet more of the calls. */
function pointsOf(calls: number, offset: number): readonly number[] {
  if (points === 0 || calls <= points) return Array.from({ length: calls }, (_, at) => at + 1);
  const step = calls / points;
  const shift = (step * offset) / Object.keys(kinds).length;
  return Array.from({ length: points }, (_, at) => 1 + Math.floor(at * step + shift));
}

/** Where the targets run, apart from who watches that they come back. */
import { parentPort, workerData } from 'node:worker_threads';
import { Coverage } from './coverage.ts';
import { fuzz, shrunk, tryOne } from './loop.ts';
import { Random } from './random.ts';
import type { Input, Target } from './target.ts';
import { allTargets } from './targets.ts';

export interface Work {
  readonly seed: number;
  /** For all targets together. */
  readonly seconds: number;
  readonly only: string | undefined;
  readonly isList: boolean;
  readonly replay: string | undefined;
  /** Length, tries, and the document that is being tried: what is there when it hangs. */
  readonly current: SharedArrayBuffer;
}
export type Message =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'finding'; readonly name: string; readonly text: string };

/** Of each target: less says nothing. */
const leastSeconds = 1;

const work = workerData as Work;
const say = (message: Message) => parentPort!.postMessage(message);
const line = (text: string) => {
  say({ kind: 'line', text });
};

const all = await allTargets();
const named = all.filter(({ name }) => work.only === undefined || name.includes(work.only));
if (named.length === 0) throw new Error(`there is no target ${String(work.only)}`);
if (work.isList) for (const { name } of named) line(name);
else if (work.replay !== undefined) await replay(work.replay);
else await fuzzAll(named);

async function fuzzAll(targets: readonly Target[]): Promise<void> {
  const coverage = new Coverage();
  const sum = { tries: 0, accepted: 0, findings: 0 };
  const endMs = Date.now() + work.seconds * 1000;
  const chosen = inOrder(targets).slice(0, Math.max(1, Math.floor(work.seconds / leastSeconds)));
  for (const [index, target] of chosen.entries()) {
    const deadlineMs = Date.now() + (endMs - Date.now()) / (chosen.length - index);
    const trying = (input: Input) => note(target, input);
    const outcome = await fuzz(target, { seed: work.seed, until: { deadlineMs }, coverage, trying });
    const { tries, accepted, corpus, finding } = outcome;
    sum.tries += tries;
    sum.accepted += accepted;
    line(
      `${String(tries).padStart(8)} tries ${String(accepted).padStart(7)} accepted ${String(corpus).padStart(4)} kept  ${target.name}`,
    );
    if (finding === undefined) continue;
    sum.findings += 1;
    const small = await shrunk(target, finding);
    line(`FOUND: ${target.name}: ${small.problem}`);
    line(`       ${preview(small.input)}`);
    say({ kind: 'finding', name: target.name, text: write(target.name, small.input) });
  }
  coverage.close();
  const count = `${String(chosen.length)} of ${String(targets.length)}`;
  line(
    `fuzz: ${count} targets, ${String(sum.tries)} tries, ${String(sum.accepted)} accepted, ${String(sum.findings)} found, SEED=${String(work.seed)}`,
  );
}

/** Where there is no time for all of them, the seed says which ones. */
function inOrder(targets: readonly Target[]): readonly Target[] {
  const random = new Random(work.seed, 'order');
  const ranked = targets.map((target) => ({ target, rank: random.below(2 ** 30) }));
  return ranked.sort((one, other) => one.rank - other.rank).map(({ target }) => target);
}

async function replay(text: string): Promise<void> {
  const { target: name, parts } = JSON.parse(text) as { target: string; parts: (string | null)[] };
  const target = all.find((one) => one.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const input = parts.map((part) => (part === null ? undefined : Buffer.from(part, 'base64')));
  const told = await tryOne(target, input);
  line(`${name}: ${typeof told === 'string' ? told : `FOUND: ${told.problem}`}`);
  if (typeof told !== 'string') process.exitCode = 1;
}

function write(target: string, input: Input): string {
  const parts = input.map((part) => (part === undefined ? null : Buffer.from(part).toString('base64')));
  return `${JSON.stringify({ target, parts }, null, 2)}\n`;
}

function note(target: Target, input: Input): void {
  const view = new Int32Array(work.current, 0, 2);
  Atomics.add(view, 1, 1);
  const bytes = Buffer.from(write(target.name, input)).subarray(0, work.current.byteLength - 8);
  new Uint8Array(work.current, 8).set(bytes);
  Atomics.store(view, 0, bytes.length);
}

function preview(input: Input): string {
  return input
    .map((part) =>
      part === undefined ? '-' : JSON.stringify(Buffer.from(part).toString('latin1').slice(0, 300)),
    )
    .join(' ');
}

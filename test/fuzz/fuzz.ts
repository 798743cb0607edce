/**
 * `make fuzz`: mutated documents for every reader, every method and every script that is rendered.
 *
 *   make fuzz                                     a minute for all of them together, by a seed that is printed
 *   make fuzz FUZZ_SECONDS=600                    ten
 *   make fuzz SEED=7 ARGS='--only deb822'         the same mutants again, of some
 *   make fuzz ARGS='--replay FILE'                one that was found
 *   make fuzz ARGS=--list                         what is fuzzed
 *
 * What must hold: nothing that differs in meaning is accepted; what is refused is refused by an error of ours; 1 MB takes
 * no second. Guided by V8's own coverage. Exits 1 where something was found: each is written into a file of its own.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Message, Work } from './worker.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    replay: { type: 'string' },
    findings: { type: 'string', default: join(import.meta.dirname, '../../.cache/fuzz') },
  },
});

/** A try that takes longer than all that may be asked of it: it hangs. */
const hangsAfterMs = 60_000;

/** What make passes on is empty where nobody says anything. */
const given = (name: string, otherwise: number): number => {
  const text = process.env[name] ?? '';
  return text === '' ? otherwise : Number(text);
};
const seed = given('SEED', Math.floor(Math.random() * 2 ** 31));
const seconds = given('FUZZ_SECONDS', 60);
const current = new SharedArrayBuffer(4 << 20);
const work: Work = {
  ...{ seed, seconds, only: values.only, isList: values.list, current },
  replay: values.replay === undefined ? undefined : readFileSync(values.replay, 'utf8'),
};
if (!values.list && values.replay === undefined)
  console.log(`fuzz: SEED=${String(seed)}, ${String(seconds)} s`);

let findings = 0;
let lastMs = Date.now();
const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: work });
worker.on('message', (message: Message) => {
  lastMs = Date.now();
  if (message.kind === 'line') console.log(message.text);
  else save(message.text, message.name);
});
worker.on('error', (error) => {
  console.error(error);
  process.exitCode = 1;
});
const watch = setInterval(() => {
  const view = new Int32Array(current, 0, 2);
  const tries = Atomics.exchange(view, 1, 0);
  if (tries > 0) lastMs = Date.now();
  if (Date.now() - lastMs < hangsAfterMs) return;
  const length = Atomics.load(view, 0);
  save(Buffer.from(new Uint8Array(current, 8, length)).toString(), 'hangs');
  console.log(`FOUND: it has not come back for ${String(hangsAfterMs / 1000)} s`);
  process.exit(1);
}, 1000);
worker.on('exit', () => {
  clearInterval(watch);
  if (findings > 0) process.exitCode = 1;
});

function save(text: string, name: string): void {
  findings += 1;
  mkdirSync(values.findings, { recursive: true });
  const file = join(values.findings, `${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}.${String(seed)}.json`);
  writeFileSync(file, text);
  console.log(`       make fuzz ARGS='--replay ${file}'`);
}

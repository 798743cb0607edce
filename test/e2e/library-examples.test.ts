/** Each example of docs/library.md, run as a program, on an upstream on loopback: what it prints, and what it refuses. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTurns } from '../../src/pipeline/shared/in-turns.ts';
import { openExamples, type Examples } from '../../scripts/library/examples.ts';
import { root, runProgram } from '../support/run-assay.ts';

let directory: string;
let examples: Examples;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-examples-'));
  examples = await openExamples(directory);
});
afterAll(async () => {
  await examples.close();
  await rm(directory, { recursive: true });
});

const atOnce = 4;

it('do what they say', async () => {
  for (const step of examples.steps) {
    const queue = [...step];
    await inTurns(queue, { jobs: atOnce }, async ({ example, args, prints, exitCode }) => {
      const program = join(root, 'examples/library', `${example}.mts`);
      const done = await runProgram(process.execPath, [program, ...args], { cwd: directory });
      const printed = done.stdout + done.stderr;
      expect({ example, args, exitCode: done.exitCode }, printed).toEqual({ example, args, exitCode });
      expect(printed).toMatch(prints);
      return undefined;
    });
    expect(queue).toEqual([]);
  }
});

it('stage a large file as a bundle, too, which has no file for a thread', async () => {
  const bundle = await rolldown({
    input: join(root, 'examples/library/stage.mts'),
    cwd: root,
    platform: 'node',
    logLevel: 'silent',
  });
  await bundle.write({ dir: join(directory, 'bundle'), entryFileNames: 'stage.mjs' });
  await bundle.close();
  expect(await readdir(join(directory, 'bundle'))).not.toContain('hash-worker.js');
  for (const { args, prints, exitCode } of examples.bigRuns) {
    await Promise.all(
      ['big', 'none'].map((name) => rm(join(directory, name), { recursive: true, force: true })),
    );
    const done = await runProgram(process.execPath, ['bundle/stage.mjs', ...args], { cwd: directory });
    expect(done.stdout + done.stderr).toMatch(prints);
    expect(done.exitCode).toBe(exitCode);
  }
});

it('are all run', async () => {
  const all = (await readdir(join(root, 'examples/library'))).map((name) => name.replace(/\.mts$/, ''));
  expect([...new Set(examples.steps.flat().map(({ example }) => example))].sort()).toEqual(all.sort());
});

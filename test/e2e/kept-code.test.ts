/** The built command with the code that V8 made of it in an earlier run (src/io/kept-code.ts). */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAssay } from '../support/run-assay.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-kept-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = (...args: readonly string[]) => runAssay(args, { env: { NODE_COMPILE_CACHE: directory } });
const kept = async () => (await readdir(directory)).filter((name) => name.startsWith('assay-'));

it('is kept by command, and what a run says is the same with it, and with a file that is not whole', async () => {
  const file = join(directory, `assay-verify-release-${process.version}`);
  const first = await run('verify-release', '--help');
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await kept()).toEqual([`assay-verify-release-${process.version}`]);
  const code = await readFile(file);

  expect(await run('verify-release', '--help')).toEqual(first);
  expect(await readFile(file)).toEqual(code);

  await writeFile(file, code.with(-1, (code.at(-1) ?? 0) ^ 1));
  expect(await run('verify-release', '--help')).toEqual(first);
});

it('is not kept of a line that is mistyped', async () => {
  expect((await run('verify-relase')).exitCode).toBe(2);
  expect(await kept()).not.toContain(`assay-verify-relase-${process.version}`);
});

/** The tests of tuf-conformance, which starts the client under test some hundred times: `tuf-client-process.ts`, in one file. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';
import type { Verdict } from './tally.ts';

/** What the suite needs and is not here; undefined where all is. */
export function missingForTuf(): string | undefined {
  const modules = 'tuf, securesystemslib, cryptography, pytest';
  if (spawnSync('python3', ['-c', `import ${modules}`]).status !== 0) return `python3 with ${modules}`;
  return spawnSync('faketime', ['--version']).error === undefined ? undefined : 'faketime';
}

/** `checkout`: of the repository theupdateframework/tuf-conformance. */
export async function* tufVerdicts(checkout: string): AsyncGenerator<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-conformance-'));
  const client = join(folder, 'client.mjs');
  await build({
    input: join(import.meta.dirname, 'tuf-client-process.ts'),
    platform: 'node',
    logLevel: 'warn',
    output: { file: client, format: 'esm' },
  });
  const { text, exitCode } = await pytest(checkout, `${process.execPath} ${client}`, {
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    // Nothing is written into the checkout.
    PYTHONDONTWRITEBYTECODE: '1',
  });
  await rm(folder, { recursive: true });
  // 1: some of the tests failed.
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`pytest ended with ${String(exitCode)}\n${text}`);
  yield* readPytest(text);
}

/** What `pytest -v` prints. */
export function* readPytest(text: string): Generator<Verdict> {
  const sections = text.split(/^_+ (.+) _+$/m);
  const said = new Map(
    sections.flatMap((name, index): [string, string][] =>
      index % 2 === 1 ? [[name, (sections[index + 1] ?? '').trim().slice(0, 4000)]] : [],
    ),
  );
  // What the client under test prints may stand in between.
  for (const [, name = '', word] of text.matchAll(
    /^\S+\.py::(.+) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*\))? +\[ *\d+%\]$/gm,
  )) {
    yield { name, isAsWanted: word === 'PASSED', said: `${String(word)}\n${said.get(name) ?? ''}` };
  }
}

async function pytest(checkout: string, entrypoint: string, env: Readonly<Record<string, string>>) {
  const args = ['-v', '--tb=short', '-p', 'no:cacheprovider', 'tuf_conformance', '--entrypoint', entrypoint];
  const child = spawn('python3', ['-m', 'pytest', ...args], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const [text, exitCode] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    }),
  ]);
  return { text: text.join(''), exitCode };
}

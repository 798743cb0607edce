/**
 * What action.yml runs: one command of the assay that was built beside it, by inputs in the environment (`ACTION_…`), in
 * the workspace. Says by outputs what changed, and ends with the command's own exit code.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { escapeUnprintable, escapeWorkflowCommands } from '../src/model/printable.ts';
import {
  commandOf,
  InputError,
  inputNames,
  isManifestName,
  renderOutputs,
  type Inputs,
} from './action/command.ts';

const { env } = process;

function inputsOf(): Inputs {
  const named = inputNames.map((name) => [
    name,
    env[`ACTION_${name.toUpperCase().replaceAll('-', '_')}`] ?? '',
  ]);
  return Object.fromEntries(named) as Inputs;
}

function manifestsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(isManifestName)
    .sort()
    .map((name) => join(folder, name));
}

/** Every file of a folder, by what is in it. */
function contentsOf(folder: string | undefined): ReadonlyMap<string, string> {
  if (folder === undefined || !existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, createHash('sha256').update(readFileSync(path)).digest('hex')];
    }),
  );
}

/** Paths whose content is another, those that are gone among them. */
function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].filter((path) => before.get(path) !== after.get(path)).sort();
}

function run(): number {
  const { words, changes } = commandOf(inputsOf(), manifestsIn);
  const summary = join(env['RUNNER_TEMP'] ?? tmpdir(), `assay-summary-${randomUUID()}.md`);
  writeFileSync(summary, '');
  const before = contentsOf(changes);
  const cli = join(dirname(import.meta.dirname), 'dist/cli.js');
  const { status } = spawnSync(process.execPath, [cli, ...words], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env, GITHUB_STEP_SUMMARY: summary },
  });
  const exitCode = status ?? 1;
  const changed = differences(before, contentsOf(changes));
  const isManifest = (path: string) =>
    changes !== undefined && existsSync(path) && isManifestName(relative(changes, path));
  const outputs = {
    changed: String(changed.length > 0),
    'changed-manifests': changed.filter(isManifest).join('\n'),
    summary,
    'exit-code': String(exitCode),
  };
  const { GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } = env;
  if (GITHUB_STEP_SUMMARY !== undefined) appendFileSync(GITHUB_STEP_SUMMARY, readFileSync(summary));
  if (GITHUB_OUTPUT !== undefined)
    appendFileSync(GITHUB_OUTPUT, renderOutputs(outputs, `assay-${randomUUID()}`));
  return exitCode;
}

try {
  process.exitCode = run();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`error: ${escapeWorkflowCommands(escapeUnprintable(error.message))}`);
  process.exitCode = 2;
}

/** Renders the fetch script of a staging with a fault (`staging-faults.ts`), and runs it under a shell. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { stagingItems } from '../../src/pipeline/staging/staging-items.ts';
import {
  defaultFetchOptions,
  renderFetchScript,
  type FetchOptions,
} from '../../src/render/fetch-script/fetch-script.ts';
import type { PosixShell } from './posix-shells.ts';
import { startProgram, type Outcome, type Running, type RunOptions } from './run-assay.ts';
import type { FaultyStaging } from './staging-faults.ts';

/** A fault's good end comes at the third attempt at the latest; a busy machine is no server that stalls. */
const quick: Partial<FetchOptions> = { attempts: 3, stallTimeoutMs: 60_000, retryPauseMs: 0 };

/** The script's path. */
export async function renderFetch(
  { directory, artifacts, manifest, mirrorBase }: FaultyStaging,
  options: Partial<FetchOptions> = {},
): Promise<string> {
  const parsed = parseManifest(await readFile(manifest), manifest);
  const items = stagingItems(parsed, {}, { url: mirrorBase, fallsBack: false }).map((item) => ({
    ...item,
    url: item.sources![0]!.url,
  }));
  const installedFile = join(directory, 'installed.json');
  const script = renderFetchScript(
    items,
    {
      ...defaultFetchOptions,
      ...quick,
      allowsHttp: true,
      directory: artifacts,
      installedFile,
      ...options,
    },
    'A staging with a fault.',
  );
  const path = join(directory, 'fetch.sh');
  await writeFile(path, script);
  return path;
}

export async function runFetch(
  shell: PosixShell,
  staging: FaultyStaging,
  options: Partial<FetchOptions> = {},
  run: RunOptions = {},
): Promise<Outcome> {
  return (await startFetch(shell, staging, options, run)).outcome;
}

export async function startFetch(
  { argv: [program, ...args] }: PosixShell,
  staging: FaultyStaging,
  options: Partial<FetchOptions> = {},
  run: RunOptions = {},
): Promise<Running> {
  const script = await renderFetch(staging, options);
  return startProgram(program, [...args, script], { cwd: staging.directory, ...run });
}

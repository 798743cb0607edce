/**
 * assay as one file, for machines without Node: Node's single executable application
 * (https://nodejs.org/api/single-executable-applications.html) of the pinned Node and the built command line.
 *
 *   node scripts/release/executable.ts [--dir DIR] [amd64|arm64 …]
 *
 * The same commit gives the same bytes, wherever it is built: neither a snapshot nor compiled code is in it, which would
 * depend on the machine. The files of dist/ are read inside of it by their own names, since Node shows them as a file
 * system below a path that no machine has; so the code is the same as in the npm package.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchPinnedNode } from './pinned-node.ts';
import { root, run } from './run.ts';

/** By Debian's names, as manifests have them: the CPU as Node names it. */
export const architectures = { amd64: 'x64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof architectures;

export const executableName = (arch: Architecture) => `assay-linux-${arch}`;

/** Beside the files of dist/, to whom `require` is relative. */
const entry = 'executable.cjs';
const entryCode = "require('./main.cjs').main(process);\n";

/** Of the files of dist/, those that the command line is made of: what is compiled for the library is not in it. */
export function isPart(path: string): boolean {
  return /^(?:[^/]+\.cjs|hash-worker\.js|trust\/[^/]+)$/.test(path);
}

/** `parts`: paths below the directory that the configuration is read in, as `require` and `readOwnPart` name them. */
export function seaConfig(parts: readonly string[], executable: string, output: string) {
  return {
    main: entry,
    output,
    executable,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    useVfs: true,
    // As scripts/assay has it.
    execArgv: ['--max-semi-space-size=1'],
    assets: Object.fromEntries([...parts].sort().map((path) => [path, path])),
  };
}

/** Writes DIR/assay-linux-<arch>, whole or not at all. */
export async function buildExecutable(arch: Architecture, directory: string): Promise<string> {
  const [builder, target] = [
    await fetchPinnedNode({ os: process.platform, cpu: process.arch }),
    await fetchPinnedNode({ os: 'linux', cpu: architectures[arch] }),
  ];
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(directory, '.executable.'));
  try {
    const dist = join(root, 'dist');
    const parts = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(isPart);
    for (const path of parts) cpSync(join(dist, path), join(work, path));
    writeFileSync(join(work, entry), entryCode);
    const config = seaConfig(parts, join(target, 'bin/node'), executableName(arch));
    writeFileSync(join(work, 'sea.json'), JSON.stringify(config));
    // Names relative to the directory: an absolute one would be in the file.
    await run(join(builder, 'bin/node'), ['--build-sea', 'sea.json'], { cwd: work });
    chmodSync(join(work, config.output), 0o755);
    renameSync(join(work, config.output), join(directory, config.output));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return join(directory, executableName(arch));
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { dir: { type: 'string' } }, allowPositionals: true });
  if (!existsSync(join(root, 'dist/main.cjs'))) throw new Error('there is no build: make build');
  const all = Object.keys(architectures) as Architecture[];
  const wanted = positionals.length === 0 ? all : all.filter((arch) => positionals.includes(arch));
  const unknown = positionals.filter((arch) => !all.some((one) => one === arch));
  if (unknown.length > 0) throw new Error(`not built for ${unknown.join(', ')}: only for ${all.join(', ')}`);
  for (const arch of wanted)
    console.log(await buildExecutable(arch, resolve(values.dir ?? join(root, 'release'))));
}

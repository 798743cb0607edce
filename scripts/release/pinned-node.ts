/**
 * The Node that executables are made of: the npm package of its binary, as scripts/toolchain/ pins it by version and
 * digest, for any platform and not just this one. It is kept in .toolchain/.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.ts';
import type { Lock } from './shrinkwrap.ts';

export interface Platform {
  /** As Node and npm name them. */
  readonly os: string;
  readonly cpu: string;
}

/** The package of `platform`, by its path in node_modules/. Throws where none is pinned. */
export function pinnedPackage(lock: Lock, { os, cpu }: Platform) {
  const found = Object.entries(lock.packages).find(
    ([, locked]) => locked.os?.includes(os) === true && locked.cpu?.includes(cpu) === true,
  );
  if (found === undefined)
    throw new Error(`scripts/toolchain/package-lock.json pins no Node for ${os} ${cpu}`);
  const [path, { version = '' }] = found;
  return { path, version };
}

/** The directory of the package, with bin/node and its LICENSE. npm compares what it fetches with the pinned digest. */
export async function fetchPinnedNode(platform: Platform): Promise<string> {
  const pins = join(root, 'scripts/toolchain');
  const lock = JSON.parse(readFileSync(join(pins, 'package-lock.json'), 'utf8')) as Lock;
  const { path, version } = pinnedPackage(lock, platform);
  const { os, cpu } = platform;
  const home = join(root, '.toolchain', `node-${version}-${os}-${cpu}`);
  if (existsSync(home)) return join(home, path);
  mkdirSync(join(root, '.toolchain'), { recursive: true });
  const staging = mkdtempSync(join(root, '.toolchain/new.'));
  try {
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(pins, name), join(staging, name));
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['ci', ...quiet, `--os=${os}`, `--cpu=${cpu}`], { cwd: staging });
    // Another run may have been first: what it has is the same by digest.
    if (!existsSync(home)) renameSync(staging, home);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return join(home, path);
}

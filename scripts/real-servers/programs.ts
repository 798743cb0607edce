/** Other people's programs: are they here, and how they are run. Loopback only, and without the user's own settings. */
import {
  execFile,
  spawn,
  type ChildProcess,
  type ExecFileOptions,
  type SpawnOptions,
} from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const exec = promisify(execFile);

/** Of a program that may end otherwise than with 0. Throws where it cannot be started. */
export async function exitCodeOf(
  [program, ...args]: readonly [string, ...string[]],
  options: ExecFileOptions = {},
): Promise<number> {
  return exec(program, args, options).then(
    () => 0,
    (error: unknown) => {
      const { code } = error as { code?: unknown };
      if (typeof code !== 'number') throw error;
      return code;
    },
  );
}

/** Debian puts servers where only root looks. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];

/** Where a program is; undefined where it is not installed. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server and waits, ten seconds at most, until `url` answers whatever it may be. */
export async function startServer(
  program: string,
  args: readonly string[],
  url: string,
  options: SpawnOptions = {},
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${String(child.exitCode)}`);
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return child;
    await sleep(100);
  }
  child.kill();
  throw new Error(`${program} does not answer`);
}

export async function stopServer(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}

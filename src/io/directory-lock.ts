/**
 * One run at a time in a directory: flock(2) on the directory. The kernel lets go of it when its holder ends, however it
 * ends; there is no file that a crash could leave behind, and it holds between containers that share the directory, and
 * for the rendered shell script. Whoever can open the directory can hold it: see private-directory.ts.
 *
 * Node cannot call flock(2). The `flock` program of util-linux and BusyBox can, on a descriptor that it is given: the
 * lock belongs to the open directory, which this process has too, and outlives the program. macOS has no such program,
 * and need not: there open(2) takes the lock itself (`O_EXLOCK`).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../model/errors.ts';
import { errnoOf, orUnwritable } from './temporary-file.ts';

export interface LockOptions {
  /** How long to wait for another holder; 0 not to wait. */
  readonly timeoutMs: number;
  /** Called once, where there is somebody to wait for. */
  readonly onWait?: (() => void) | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Of an open directory, which is at `path`; `name` is for messages. The lock is held until its release, and on Linux as
 * long as the directory is open. Throws UsageError `LOCKED` where another holder stays longer than that, and
 * `FILE_UNWRITABLE`.
 */
export async function lockDirectory(
  directory: FileHandle,
  path: string,
  name: string,
  options: LockOptions,
): Promise<DirectoryLock> {
  if (platform() === 'darwin') return lockByOpening(path, name, options);
  await lockByProgram(directory.fd, name, options);
  return { release: () => Promise.resolve() };
}

/** `O_EXLOCK` of macOS and the BSDs, which Node has no name for. */
const exclusiveLock = 0x20;
const pollMs = 200;

async function lockByOpening(
  path: string,
  name: string,
  { timeoutMs, onWait, signal }: LockOptions,
): Promise<DirectoryLock> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | exclusiveLock;
  const tryOnce = async (): Promise<FileHandle | undefined> => {
    try {
      return await open(path, flags);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EAGAIN' || errno === 'EWOULDBLOCK') return undefined;
      return await orUnwritable(path, Promise.reject(error as Error));
    }
  };
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const handle = await tryOnce();
    if (handle !== undefined) return { release: () => handle.close() };
    if (waitedMs >= timeoutMs || signal?.aborted === true) throw locked(name, timeoutMs, signal);
    if (waitedMs === 0) onWait?.();
    await sleep(pollMs);
  }
}

async function lockByProgram(
  fd: number,
  name: string,
  { timeoutMs, onWait, signal }: LockOptions,
): Promise<void> {
  if ((await flock(['-x', '-n'], fd, name)) === 'ours') return;
  if (timeoutMs > 0) onWait?.();
  const isOurs = timeoutMs > 0 && (await wait(fd, name, timeoutMs, signal));
  if (!isOurs) throw locked(name, timeoutMs, signal);
}

async function wait(
  fd: number,
  name: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const end = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  return (await flock(['-x'], fd, name, end)) === 'ours';
}

/** The program's verdict; `held` also where `signal` ended it. */
function flock(
  flags: readonly string[],
  fd: number,
  name: string,
  signal?: AbortSignal,
): Promise<'ours' | 'held'> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn('flock', [...flags, '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
    });
    const stop = () => void child.kill();
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => {
      const hint = 'Install it: it is part of util-linux, and of BusyBox.';
      const found = errnoOf(error) === 'ENOENT' ? 'there is no flock program' : error.message;
      reject(new UsageError('LOCKED', `cannot lock ${name}: ${found}`, { hint, cause: error }));
    });
    child.on('exit', (status, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (status === 0) resolve('ours');
      else if (status === 1 || killedBy !== null) resolve('held');
      else reject(new UsageError('LOCKED', `cannot lock ${name}: flock ended with ${String(status)}`));
    });
    if (signal?.aborted === true) stop();
  });
}

function locked(name: string, timeoutMs: number, signal: AbortSignal | undefined): UsageError {
  const isInterrupted = signal?.aborted === true;
  const waited = timeoutMs > 0 && !isInterrupted ? `, and was so for ${Math.round(timeoutMs / 1000)} s` : '';
  const interrupted = isInterrupted ? ', and waiting for it was interrupted' : '';
  return new UsageError('LOCKED', `${name} is in use by another run${waited}${interrupted}`, {
    hint: 'Wait for the other run to end, or give --lock-timeout more time.',
    context: { directory: name, timeoutMs },
  });
}

import { spawnSync } from 'node:child_process';

/** A named pipe, which nobody writes to. */
export function makePipe(path: string): Promise<void> {
  const { status, stderr } = spawnSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]);
  return status === 0 ? Promise.resolve() : Promise.reject(new Error(String(stderr)));
}

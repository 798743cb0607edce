/** A repository for a test, whatever the machine's own configuration says. */
import { execFileSync } from 'node:child_process';

export function git(cwd: string, ...args: readonly string[]): void {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...who, ...args], { cwd, env, stdio: 'ignore' });
}

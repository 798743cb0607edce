/** A command in this process, by the command line that `src/cli.ts` reads: for many runs that need no process each. */
import { CommanderError } from 'commander';
import type { Host } from '../../src/commands/host.ts';
import { createProgram } from '../../src/commands/program.ts';
import { AssayError, type ErrorCode } from '../../src/model/errors.ts';
import { silentReporter } from './silent-reporter.ts';

export interface CommandAnswer {
  readonly exitCode: number;
  /** Of what was thrown; commander's own refusals have none. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stdout: string;
  readonly warnings: readonly string[];
}

export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandAnswer> {
  const stdout: string[] = [];
  const warnings: string[] = [];
  let exitCode = 0;
  let code: ErrorCode | undefined;
  let message = '';
  const host: Host = {
    env,
    now: () => new Date('2026-11-20T12:00:00Z'),
    reporter: () => ({ ...silentReporter, warn: (text) => void warnings.push(text) }),
    setExitCode: (given) => void (exitCode = given),
    writeOut: (data) => Promise.resolve(void stdout.push(data.toString())),
  };
  const program = await createProgram(host, args);
  for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof AssayError) ({ exitCode, code, message } = error);
    else if (error instanceof CommanderError) exitCode = 2;
    else throw error;
  }
  return { exitCode, code, message, stdout: stdout.join(''), warnings };
}

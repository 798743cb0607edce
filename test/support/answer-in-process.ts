/** A command in this process, and its answer taken apart: for many runs that need no process each. */
import { runInProcess } from './command-in-process.ts';

export interface CommandAnswer {
  readonly exitCode: number;
  /** Of the last error that was printed. */
  readonly code: string | undefined;
  /** Of that error, with its code and its hint. */
  readonly message: string;
  readonly stdout: string;
  readonly warnings: readonly string[];
}

export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandAnswer> {
  const { exitCode, stdout, stderr } = await runInProcess(args, {
    env,
    now: new Date('2026-11-20T12:00:00Z'),
  });
  // A message's further lines are indented.
  const messages = stderr.split(/\n(?! )/);
  const message = messages.findLast((text) => text.startsWith('error: '))?.slice('error: '.length) ?? '';
  const code = /\[([A-Z_]+)\]$/m.exec(message)?.[1];
  const warnings = messages
    .filter((text) => text.startsWith('warning: '))
    .map((text) => text.slice('warning: '.length));
  return { exitCode, code, message, stdout, warnings };
}

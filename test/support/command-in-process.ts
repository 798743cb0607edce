/**
 * A command in this process, with everything but the process itself as in production: many runs in the time of one
 * start of Node. `runAssay` is for what has to be seen of the built command.
 */
import { CommanderError } from 'commander';
import type { Host } from '../../src/commands/host.ts';
import { createProgram } from '../../src/commands/program.ts';
import { textOf } from '../../src/commands/report-error.ts';
import { createReporter } from '../../src/io/terminal.ts';
import { AssayError } from '../../src/model/errors.ts';
import type { Outcome } from './run-assay.ts';

/** What is no AssayError is a bug, and thrown. */
export async function runInProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  let [exitCode, stdout, stderr] = [0, '', ''];
  const host: Host = {
    env,
    now: () => new Date(),
    setExitCode: (code) => void (exitCode = code),
    writeOut: (data) => {
      stdout += Buffer.from(data).toString();
      return Promise.resolve();
    },
    reporter: ({ quiet, verbose }) => {
      const stream = { write: (text: string) => (stderr += text) };
      return createReporter({ stream, isTerminal: false, quiet, verbose, color: false });
    },
  };
  const program = await createProgram(host, args);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: (text) => (stderr += text) });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: 2, stdout, stderr };
    if (!(error instanceof AssayError)) throw error;
    return { exitCode: error.exitCode, stdout, stderr: `${stderr}${textOf(error)}\n` };
  }
  return { exitCode, stdout, stderr };
}

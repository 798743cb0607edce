/**
 * A command in this process, with everything but the process itself as in production: many runs in the time of one
 * start of Node. `runAssay` is for what has to be seen of the built command.
 */
import type { HostProcess } from '../../src/commands/shared/host.ts';
import { isWorkflow } from '../../src/commands/shared/output.ts';
import { runCommandLine } from '../../src/commands/run-command-line.ts';
import { createReporter } from '../../src/io/terminal.ts';
import { traitsOf } from '../../src/io/terminal-traits.ts';
import { inWorkspace } from '../../src/io/workflow-path.ts';
import { holdToSchema } from './json-documents.ts';
import type { Outcome } from './run-assay.ts';

export interface InProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The machine's clock. */
  readonly now?: Date;
  /** The person at the terminal; nobody, where nothing is said. */
  readonly confirm?: HostProcess['confirm'];
}

/** What is a bug of assay's is thrown. */
export async function runInProcess(
  args: readonly string[],
  { env = {}, now = new Date(), confirm }: InProcessOptions = {},
): Promise<Outcome> {
  let [exitCode, stdout, stderr] = [0, '', ''];
  const host: HostProcess = {
    env,
    now: () => now,
    setExitCode: (code) => void (exitCode = code),
    ...(confirm === undefined ? {} : { confirm }),
    stdout: {
      write: (data) => {
        stdout += Buffer.from(data).toString();
        return Promise.resolve();
      },
      failure: () => undefined,
    },
    outputTraits: () => traitsOf({}, env),
    reporter: ({ quiet, verbose }) => {
      const stream = { write: (text: string) => (stderr += text) };
      const workflow = isWorkflow(env) ? { pathOf: inWorkspace(env) } : undefined;
      return createReporter({ stream, traits: traitsOf({}, env), quiet, verbose, workflow });
    },
  };
  await runCommandLine(host, args);
  if (exitCode === 1) throw new Error(stderr);
  holdToSchema(args, stdout);
  return { exitCode, stdout, stderr };
}

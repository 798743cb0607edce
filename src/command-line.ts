/**
 * The real process: its streams, signals, clock and exit code.
 *
 * Exit codes: 0 done; 1 a bug; 2 wrong flags or files; 3 `--check` found changes; 4 network; 5 refused by
 * a check; 6 refused until a person decides.
 */
import type { HostProcess } from './commands/shared/host.ts';
import { isWorkflow } from './commands/shared/output.ts';
import { linesOfBug, runCommandLine } from './commands/run-command-line.ts';
import { withCodeLinks } from './io/code-links.ts';
import { openStandardOutput } from './io/standard-output.ts';
import { createReporter, type TerminalReporter } from './io/terminal.ts';
import { traitsOf } from './io/terminal-traits.ts';
import { inWorkspace } from './io/workflow-path.ts';

/** By its number, as shells name it: 128 and the signal's. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/** Never rejects; the process ends with the exit code that is set here. */
export async function runProcess(process: NodeJS.Process): Promise<void> {
  const { env, argv } = process;
  const output = openStandardOutput();
  const reporters: TerminalReporter[] = [];
  let interruptedBy: number | undefined;

  const clear = () => {
    for (const reporter of reporters) reporter.clear();
  };
  // Looking at a stream opens it, which takes a tenth of a short command's time: only where something is said.
  let opened: NodeJS.Process['stderr'] | undefined;
  const openStandardError = () => {
    if (opened !== undefined) return opened;
    // Nobody reads what is said: that changes nothing about what is done.
    opened = process.stderr.on('error', () => undefined);
    return opened;
  };
  const reporter: HostProcess['reporter'] = ({ quiet, verbose }) => {
    const stderr = openStandardError();
    const workflow = isWorkflow(env) ? { pathOf: inWorkspace(env) } : undefined;
    const traits = traitsOf(stderr, env);
    const created = createReporter({
      stream: withCodeLinks(stderr, traits),
      traits,
      quiet,
      verbose,
      workflow,
    });
    reporters.push(created);
    return created;
  };
  const confirm = async (question: string) => {
    const { stdin } = process;
    const stderr = openStandardError();
    if (!stdin.isTTY || !stderr.isTTY) return undefined;
    clear();
    const { createInterface } = await import('node:readline/promises');
    const lines = createInterface({ input: stdin, output: stderr });
    // In raw mode Ctrl-C is a key like others: it is to do what it does elsewhere.
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    // The end of input is no answer.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(`${question}  [y/N] `), closed]);
    lines.close();
    return /^\s*y(?:es)?\s*$/i.test(answer);
  };
  process.on('uncaughtException', (error) => {
    reporter({ quiet: true, verbose: false }).error(linesOfBug(error, argv.includes('--verbose')));
    process.exit(Number(process.exitCode ?? 0) || 1);
  });

  await runCommandLine(
    {
      env,
      now: () => new Date(),
      confirm,
      setExitCode: (code) => {
        process.exitCode = interruptedBy ?? code;
      },
      interruption: () => {
        const interruption = new AbortController();
        for (const [signal, exitCode] of Object.entries(signals)) {
          // Once: the next one does what signals do.
          process.once(signal, () => {
            interruptedBy ??= exitCode;
            process.exitCode = interruptedBy;
            interruption.abort();
          });
        }
        return interruption.signal;
      },
      sayWhenInterrupted: (kept) => {
        for (const [signal, exitCode] of Object.entries(signals)) {
          process.once(signal, () => {
            void kept().then((text) => {
              reporter({ quiet: true, verbose: false }).error(`interrupted: ${text}`);
              process.exit(exitCode);
            });
          });
        }
      },
      stdout: {
        write(data) {
          clear();
          return output.write(data);
        },
        failure: output.failure,
      },
      // This one too: only where help is printed, or in colour.
      outputTraits: () => traitsOf(process.stdout, env),
      reporter,
    },
    argv.slice(2),
  );
  clear();
}

#!/usr/bin/env node
/**
 * The command line: argv in, exit code out. The only user of `process`.
 *
 * Exit codes: 0 done; 1 a bug; 2 wrong flags or files; 3 `--check` found changes; 4 network; 5 refused by
 * a check; 6 refused until a person decides.
 */
import { CommanderError } from 'commander';
import type { Host } from './commands/host.ts';
import { createProgram } from './commands/program.ts';
import { errorDocument, textOf } from './commands/report-error.ts';
import { createReporter } from './io/terminal.ts';
import { AssayError } from './model/errors.ts';

const { stdout, stderr, env, argv } = process;

/** By its number, as shells name it: 128 and the signal's. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;
let interruptedBy: number | undefined;

const host: Host = {
  env,
  now: () => new Date(),
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
  writeOut: (data) =>
    new Promise((resolve, reject) => {
      stdout.write(data, (error) => {
        if (error) reject(error);
        else resolve();
      });
    }),
  reporter: ({ quiet, verbose }) => {
    const isTerminal = stderr.isTTY;
    const color = isTerminal && (env['NO_COLOR'] ?? '') === '';
    return createReporter({ stream: stderr, isTerminal, quiet, verbose, color });
  },
};

// A reader that has seen enough (`assay … | head`) is no error of ours.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

try {
  const args = argv.slice(2);
  const program = await createProgram(host, args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  host.setExitCode(await explain(error));
}

async function explain(error: unknown): Promise<number> {
  // Commander has printed its own: help and version are no failures, all else is wrong usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const verbose = argv.includes('--verbose');
  const reporter = host.reporter({ quiet: argv.includes('--quiet'), verbose });
  if (!(error instanceof AssayError)) {
    const text = error instanceof Error ? (verbose ? error.stack : error.message) : String(error);
    const hint = verbose ? '' : '\nRun it again with --verbose for the stack, and report it.';
    reporter.error(`this is a bug in assay: ${text ?? 'unknown'}${hint}`);
    return 1;
  }
  if (argv.includes('--json')) {
    await host.writeOut(`${JSON.stringify({ verified: false, ...errorDocument(error) }, null, 2)}\n`);
  }
  reporter.error(textOf(error));
  if (verbose && error.stack !== undefined) reporter.error(error.stack);
  return error.exitCode;
}

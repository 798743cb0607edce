/** A command line from its arguments to its exit code: help, errors, and what is owed to who reads `--json`. */
import { CommanderError, type Command, type OutputConfiguration } from 'commander';
import { AssayError, UsageError } from '../model/errors.ts';
import { hideCredentials } from '../model/url-text.ts';
import { noCommand } from './help.ts';
import type { Host, HostProcess } from './shared/host.ts';
import { outputOf, reporterOf } from './shared/output.ts';
import { createProgram } from './program.ts';
import { hintFor, type HasFlag } from './shared/report-error.ts';
import { nearFlag } from './shared/suggest.ts';

/** `args`: without Node and the script. Never rejects; what went wrong is printed, and decides the exit code. */
export async function runCommandLine(process: HostProcess, args: readonly string[]): Promise<void> {
  let exitCode = 0;
  const setExitCode = (code: number) => {
    exitCode = code;
    process.setExitCode(code);
  };
  // Until it is known what the command has, nothing is left out of a hint.
  let line: CommandLine = { command: undefined, args };
  const hasFlag: HasFlag = (flag) => line.command?.options.some(({ long }) => long === flag) ?? true;
  const { env, now, interruption, confirm, sayWhenInterrupted } = process;
  const host: Host = {
    ...{ env, now, setExitCode },
    ...(interruption === undefined ? {} : { interruption }),
    ...(confirm === undefined ? {} : { confirm }),
    ...(sayWhenInterrupted === undefined ? {} : { sayWhenInterrupted }),
    out: outputOf(process, hasFlag),
    reporter: (verbosity) => reporterOf(process, verbosity, hasFlag),
    hintFor: (error) => hintFor(error, hasFlag),
  };
  const help: string[] = [];
  try {
    const version = versionFlags(args);
    if (version === undefined) {
      const program = await createProgram(
        host,
        args,
        helpTo(help, () => process.outputTraits().width()),
      );
      line = findCommand(program, args);
      await program.parseAsync(args, { from: 'user' });
    } else await (await import('./version.ts')).tellVersion(version, host);
  } catch (error) {
    setExitCode(await explain(error, { line, host, help }));
  }
  const failure = process.stdout.failure();
  if (failure === undefined) return;
  host.reporter({ quiet: true, verbose: false }).failure(failure);
  setExitCode(Math.max(exitCode, failure.exitCode));
}

/** Commander's own text: help, and nothing else. */
function helpTo(help: string[], terminalWidth: () => number | undefined): OutputConfiguration {
  const write = (text: string) => void help.push(text);
  const isColored = () => false;
  const width = () => terminalWidth() ?? 80;
  return {
    ...{ writeOut: write, writeErr: write, getOutHasColors: isColored, getErrHasColors: isColored },
    ...{ getOutHelpWidth: width, getErrHelpWidth: width },
  };
}

/** Of `--version` with `--verbose`, `--json` or both, and with nothing else: undefined for any other line. */
function versionFlags(args: readonly string[]): { readonly isJson: boolean } | undefined {
  const isAll = args.every((arg) => ['--version', '--verbose', '--json'].includes(arg));
  if (!isAll || !args.includes('--version') || args.length === 1) return undefined;
  return { isJson: args.includes('--json') };
}

interface CommandLine {
  readonly command: Command | undefined;
  /** Without its name. */
  readonly args: readonly string[];
}

/** Throws UsageError `USAGE` for a name that is none, whatever follows it. */
function findCommand(parent: Command, args: readonly string[]): CommandLine {
  if (parent.commands.length === 0) return { command: parent, args };
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const command = parent.commands.find((one) => one.name() === args[at]);
  if (command !== undefined) return findCommand(command, args.toSpliced(at, 1));
  // Before options of the program's own, of which help is one, and others are none.
  if (at === 0 || args.length === 0) throw noCommand(args[0], parent);
  return { command: parent, args };
}

/** Is a flag without a value given, and not the value of another or an argument behind `--`? Also where parsing failed. */
function isGiven(flag: string, { command, args }: CommandLine): boolean {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return false;
    if (arg === flag) return true;
    if (
      command?.options.some((option) => option.required && [option.long, option.short].includes(arg)) === true
    )
      at++;
  }
  return false;
}

interface Failed {
  readonly line: CommandLine;
  readonly host: Host;
  readonly help: readonly string[];
}

async function explain(thrown: unknown, { line, host, help }: Failed): Promise<number> {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) {
    await host.out.writeRaw(help.join(''));
    return 0;
  }
  const verbose = isGiven('--verbose', line);
  const reporter = host.reporter({ quiet: isGiven('--quiet', line), verbose });
  const error = thrown instanceof CommanderError ? usageError(thrown, line.command) : thrown;
  if (!(error instanceof AssayError)) {
    reporter.error(linesOfBug(error, verbose));
    return 1;
  }
  if (isGiven('--json', line)) await host.out.document('error', { verified: false, error });
  reporter.failure(error);
  if (verbose && error.stack !== undefined) reporter.error(error.stack.split('\n'));
  return error.exitCode;
}

/**
 * Commander writes `error: what is wrong`. What is mistyped may be `--mirror`, with a password: neither the value of an
 * unknown flag is shown, nor an argument with an `@` in it.
 */
function usageError(error: CommanderError, command: Command | undefined): UsageError {
  const message = error.message
    .replace(/^(error: unknown option '-[^\s=']*)=.*'$/s, "$1=…'")
    .replace(/^(error: too many arguments .* but got \d+): .*$/s, '$1.');
  return new UsageError('USAGE', hideCredentials(message.replace(/^error: /, '')), {
    hint: nearFlag(error, command),
  });
}

/** For what nobody foresaw. */
export function linesOfBug(error: unknown, verbose: boolean): readonly string[] {
  const text = error instanceof Error ? (verbose ? error.stack : error.message) : String(error);
  const hint = verbose ? [] : ['Run it again with --verbose for the stack, and report it.'];
  return [...`this is a bug in assay: ${text ?? 'unknown'}`.split('\n'), ...hint];
}

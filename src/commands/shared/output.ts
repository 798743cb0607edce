/** A command's two streams: everything that it prints becomes text here, and is made harmless. */
import { schemaId } from '../../formats/own/documents/name.ts';
import { AssayError } from '../../model/errors.ts';
import {
  escapeInJson,
  escapeUnprintable,
  escapeWorkflowCommands,
  escapeWorkflowCommandsInJson,
} from '../../model/printable.ts';
import type { CommandReporter, HostProcess, Output, Verbosity } from './host.ts';
import { errorDocument, hintFor, linesOf, placedProblems, type HasFlag } from './report-error.ts';

/** Is this a job of GitHub Actions, whose runner reads what is printed for commands to itself? */
export function isWorkflow(env: HostProcess['env']): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

export function outputOf({ stdout, env, outputTraits }: HostProcess, hasFlag: HasFlag): Output {
  const isRead = isWorkflow(env);
  const writeJson = (text: string) => {
    const json = escapeInJson(text);
    return stdout.write(isRead ? escapeWorkflowCommandsInJson(json) : json);
  };
  return {
    lines(lines) {
      const printed = lines.map((line) => {
        const { text, isBad } = typeof line === 'string' ? { text: line, isBad: false } : line;
        const escaped = escapeUnprintable(text);
        const safe = isRead ? escapeWorkflowCommands(escaped) : escaped;
        return `${isBad && outputTraits().hasColor ? `\x1b[31m${safe}\x1b[0m` : safe}\n`;
      });
      return stdout.write(printed.join(''));
    },
    width: () => outputTraits().width(),
    document(name, document) {
      // What it is, and not what its toJSON has made of it: a command's hints name flags that it has.
      const withErrors = function (this: Readonly<Record<string, unknown>>, key: string, value: unknown) {
        const original = this[key];
        return original instanceof AssayError ? errorDocument(original, hasFlag) : value;
      };
      return writeJson(`${JSON.stringify({ schema: schemaId(name), ...document }, withErrors, 2)}\n`);
    },
    json: writeJson,
    writeRaw: (data) => stdout.write(data),
  };
}

export function reporterOf(process: HostProcess, verbosity: Verbosity, hasFlag: HasFlag): CommandReporter {
  const reporter = process.reporter(verbosity);
  return {
    ...reporter,
    failure(error, about, place) {
      const [message = '', ...more] = linesOf(error, hasFlag);
      const title = error.code;
      const problems = isWorkflow(process.env) ? placedProblems(error) : [];
      const hint = hintFor(error, hasFlag);
      for (const { text, ...at } of problems) {
        reporter.error(hint === undefined ? text : [text, hint], { ...at, title });
      }
      if (problems.length > 0) return;
      reporter.error([about === undefined ? message : `${about}: ${message}`, ...more], { ...place, title });
    },
  };
}

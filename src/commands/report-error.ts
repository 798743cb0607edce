/** How errors look: to people, and to machines. */
import type { AssayError, ErrorCode } from '../model/errors.ts';
import type { Reporter } from '../model/ports.ts';

/** For `--json`. */
export interface ErrorDocument {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint?: string;
    readonly exitCode: number;
  };
}

export function errorDocument(error: AssayError): ErrorDocument {
  const { code, message, hint, exitCode } = error;
  return { error: { code, message, ...(hint === undefined ? {} : { hint }), exitCode } };
}

export interface NamedFailure {
  readonly name: string;
  readonly platforms?: readonly string[];
  readonly error: AssayError;
}

/** One error for everything that failed by it: a suite that cannot be read fails all of its packages. */
export function reportFailures(failures: readonly NamedFailure[], reporter: Reporter): void {
  const byText = Map.groupBy(failures, ({ platforms, error }) =>
    [...(platforms ?? []), textOf(error)].join('\n'),
  );
  for (const alike of byText.values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const names = alike.map((failure) => failure.name).join(', ');
    const where = first.platforms === undefined ? '' : ` (${first.platforms.join(', ')})`;
    reporter.error(`${names}${where}: ${textOf(first.error)}`);
  }
}

/** The code is for searching, the second line for what to do next. */
export function textOf({ message, code, hint }: AssayError): string {
  return hint === undefined ? `${message} [${code}]` : `${message} [${code}]\n${hint}`;
}

/** Of several failures: a refusal that a person must look at outranks one that may pass by itself. */
export function worstExitCode(errors: readonly AssayError[]): number {
  return Math.max(...errors.map((error) => error.exitCode));
}

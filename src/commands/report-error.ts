/** How errors look: to people, and to machines. */
import { AssayError } from '../model/errors.ts';
import type { Reporter } from '../model/ports.ts';

/** For `--json`. */
export function errorDocument(error: AssayError) {
  const { code, message, hint, exitCode } = error;
  return { error: { code, message, ...(hint === undefined ? {} : { hint }), exitCode } };
}

export function reportFailure(
  failure: { readonly name: string; readonly platforms?: readonly string[]; readonly error: AssayError },
  reporter: Reporter,
): void {
  const { name, platforms, error } = failure;
  const where = platforms === undefined ? '' : ` (${platforms.join(', ')})`;
  reporter.error(`${name}${where}: ${textOf(error)}`);
}

/** The code is for searching, the second line for what to do next. */
export function textOf({ message, code, hint }: AssayError): string {
  return hint === undefined ? `${message} [${code}]` : `${message} [${code}]\n${hint}`;
}

/** Of several failures: a refusal that a person must look at outranks one that may pass by itself. */
export function worstExitCode(errors: readonly AssayError[]): number {
  return Math.max(...errors.map((error) => error.exitCode));
}

/** Asserting what a run of the command said, as scripts do: by exit code and error code, never by message. */
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/model/errors.ts';
import type { Outcome } from './run-assay.ts';

interface ErrorDocument {
  readonly error?: { readonly code: string; readonly exitCode: number };
  readonly failures?: readonly { readonly error: { readonly code: string } }[];
}

/** It succeeded; what it wrote is returned. */
export function expectDone(outcome: Outcome): Outcome {
  expect(outcome, outcome.stderr).toMatchObject({ exitCode: 0 });
  return outcome;
}

/** A run with `--json` was refused: the code is on stderr and in the document. */
export function expectRefused(outcome: Outcome, exitCode: number, code: ErrorCode): void {
  expect(outcome.exitCode, outcome.stderr + outcome.stdout).toBe(exitCode);
  expect(outcome.stderr).toContain(`[${code}]`);
  const { error, failures = [] } = JSON.parse(outcome.stdout) as ErrorDocument;
  expect(error === undefined ? failures.map((one) => one.error.code) : [error.code]).toContain(code);
}

/**
 * Asserting refusals by class and code, as the product's users do.
 */
import { expect } from 'vitest';
import type { AssayError, ErrorCode } from '../../src/model/errors.ts';

type ErrorClass = abstract new (...given: never[]) => AssayError;

/** Awaits the refusal of `action`, asserts its class and code, and returns it for more assertions. */
export async function refusal<T extends ErrorClass>(
  action: Promise<unknown> | (() => unknown),
  errorClass: T,
  code: ErrorCode,
): Promise<InstanceType<T>> {
  let thrown: unknown;
  try {
    const outcome = await (typeof action === 'function' ? action() : action);
    expect.fail(`expected ${code}, but it succeeded: ${JSON.stringify(outcome)}`);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(errorClass);
  expect(thrown).toHaveProperty('code', code);
  return thrown as InstanceType<T>;
}

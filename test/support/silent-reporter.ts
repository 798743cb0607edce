/** A reporter that says nothing, for tests of what happens, not of what is said. */
import type { Reporter } from '../../src/model/ports.ts';

export const silentReporter: Reporter = {
  step: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  error: () => undefined,
};

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const unit = ['test/unit/**/*.test.ts'];
const command = ['test/e2e/**/*.test.ts', 'test/corpus/*.test.ts'];
/** They put a module in another one's place, which nobody may have loaded before: each has a process. */
const mocking = ['test/unit/verify/one-more-method.test.ts'];

export default defineConfig({
  test: {
    projects: [
      // A process for many files: what they import is loaded once, and runs warm.
      { extends: true, test: { name: 'unit', include: unit, exclude: mocking, isolate: false } },
      { extends: true, test: { name: 'command', include: command, isolate: false } },
      { extends: true, test: { name: 'mocking', include: mocking } },
    ],
    // One more than there are cores: what tests of commands do is wait for programs, every now and then.
    maxWorkers: availableParallelism() + 1,
    // What tests make is soon gone: with a large young generation it is collected less often, for a fifth less time.
    execArgv: ['--min-semi-space-size=32', '--max-semi-space-size=32'],
    // They end what hangs, and are no measure: a machine may be busy with anything.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    // Tests reach loopback servers only: a proxy of the machine's must not stand between.
    env: { NO_PROXY: '*', HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', NO_COLOR: '1' },
  },
});

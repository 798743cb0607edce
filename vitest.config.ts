import { defineConfig } from 'vitest/config';

const unit = ['test/unit/**/*.test.ts'];
/** They put a module in another one's place, which nobody may have loaded before. */
const mocking = ['test/unit/verify/one-more-method.test.ts'];

export default defineConfig({
  test: {
    projects: [
      // A process for many files: what they import is loaded once, which was half of the time that they took.
      { extends: true, test: { name: 'unit', include: unit, exclude: mocking, isolate: false } },
      {
        extends: true,
        test: { name: 'command', include: [...mocking, 'test/e2e/**/*.test.ts', 'test/corpus/*.test.ts'] },
      },
    ],
    // A worker for each core: left to itself, vitest keeps one of them free, and CI has two.
    maxWorkers: '100%',
    // They end what hangs, and are no measure: a machine may be busy with anything.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    // Tests reach loopback servers only: a proxy of the machine's must not stand between.
    env: { NO_PROXY: '*', HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', NO_COLOR: '1' },
  },
});

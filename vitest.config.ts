import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/corpus/*.test.ts'],
    // A worker for each core: left to itself, vitest keeps one of them free, and CI has two.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests reach loopback servers only: a proxy of the machine's must not stand between.
    env: { NO_PROXY: '*', HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', NO_COLOR: '1' },
  },
});

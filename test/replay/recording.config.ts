import { defineConfig } from 'vitest/config';

/** The recording needs the shared server of the suites, and nothing else of them. */
export default defineConfig({
  test: {
    include: ['test/replay/recording.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    globalSetup: ['test/support/temporal-server.ts'],
  },
});

import { defineConfig } from 'vitest/config';
import { sources } from '../../vitest.config.js';

/** The recording needs what is built and the shared server of the suites, and nothing else of them. */
export default defineConfig({
  resolve: { alias: sources },
  test: {
    include: ['test/replay/recording.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    globalSetup: ['test/support/built.ts', 'test/support/temporal-server.ts'],
  },
});

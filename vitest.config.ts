import { defineConfig } from 'vitest/config';

/** One suite for each folder of tests. Each is a promise of its own kind; `npm test` runs them in this order. */
const suites: { name: string; folder?: string; server?: boolean; timeoutMs: number; oneFileAtATime?: boolean }[] = [
  { name: 'unit', timeoutMs: 20_000 },
  { name: 'activities', server: true, timeoutMs: 30_000 },
  { name: 'workflows', server: true, timeoutMs: 60_000 },
  { name: 'replay', timeoutMs: 60_000 },
  // These start processes that load Python packages: two at once would only wait for each other.
  { name: 'trainyard', folder: 'packages/trainyard/test', timeoutMs: 180_000, oneFileAtATime: true },
  { name: 'conformance', timeoutMs: 180_000, oneFileAtATime: true },
  { name: 'chaos', timeoutMs: 900_000, oneFileAtATime: true },
  { name: 'e2e', timeoutMs: 900_000, oneFileAtATime: true },
  { name: 'pack', timeoutMs: 900_000, oneFileAtATime: true },
];

export default defineConfig({
  test: {
    projects: suites.map(({ name, folder = `test/${name}`, server, timeoutMs, oneFileAtATime }) => ({
      test: {
        name,
        include: [`${folder}/**/*.test.ts`],
        // The Temporal worker is a native module with threads of its own: it needs a process, not a thread.
        pool: 'forks',
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        fileParallelism: !oneFileAtATime,
        globalSetup: server ? ['test/support/temporal-server.ts'] : [],
        setupFiles: server ? ['test/support/needs-server.ts'] : [],
      },
    })),
  },
});

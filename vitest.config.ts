import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What attune's tests import of the local SageMaker's package comes from its sources, as all that they import. */
export const sources = {
  'trainyard/request-check': fileURLToPath(new URL('packages/trainyard/src/requestCheck.ts', import.meta.url)),
};

/** One suite for each folder of tests. Each is a promise of its own kind; `npm test` runs them in this order. */
const suites: {
  name: string;
  folder?: string;
  /** They run dist/, which is built first where it is older than the sources. */
  built?: boolean;
  server?: boolean;
  /** Its files share a process and its modules: each would load the same ones again, which takes longer than its tests. */
  together?: boolean;
  timeoutMs: number;
}[] = [
  { name: 'unit', together: true, timeoutMs: 20_000 },
  { name: 'activities', built: true, server: true, timeoutMs: 30_000 },
  { name: 'workflows', built: true, server: true, timeoutMs: 60_000 },
  { name: 'replay', built: true, timeoutMs: 60_000 },
  { name: 'trainyard', folder: 'packages/trainyard/test', built: true, timeoutMs: 180_000 },
  { name: 'conformance', built: true, timeoutMs: 180_000 },
  { name: 'chaos', built: true, timeoutMs: 900_000 },
  { name: 'hostile', built: true, timeoutMs: 300_000 },
  { name: 'e2e', built: true, timeoutMs: 900_000 },
  { name: 'pack', built: true, timeoutMs: 900_000 },
  { name: 'long', built: true, timeoutMs: 1_800_000 },
];

export default defineConfig({
  test: {
    // Most of a test is waiting, for a server, a timer, a process: two files at once keep a core busy.
    maxWorkers: 2,
    projects: suites.map(({ name, folder = `test/${name}`, built, server, together, timeoutMs }) => ({
      resolve: { alias: sources },
      test: {
        name,
        include: [`${folder}/**/*.test.ts`],
        // The Temporal worker is a native module with threads of its own: it needs a process, not a thread.
        pool: 'forks',
        isolate: !together,
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        globalSetup: [
          ...(built ? ['test/support/built.ts'] : []),
          ...(server ? ['test/support/temporal-server.ts'] : []),
        ],
        setupFiles: server ? ['test/support/needs-server.ts'] : [],
      },
    })),
  },
});

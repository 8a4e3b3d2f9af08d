/**
 * Vitest's global setup for the suites that run workflows: one Temporal server in memory.
 *
 * A machine without the server's binary gets its tests skipped with that reason (needs-server.ts); with CI set it is a
 * failure, so that a green build never means that nothing ran.
 * @module
 */
import type { TestProject } from 'vitest/node';
import { findTool } from '../../src/dev/toolchain/findTool.js';
import { startTemporal } from './ownTemporal.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port of the shared server; its namespace is `default`, with attune's search attributes. */
    temporalAddress: string;
    /** Why there is no server, in words; empty when there is one. */
    temporalMissing: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    findTool('temporal');
  } catch (error) {
    const reason = (error as Error).message;
    if (process.env.CI) throw new Error(`CI is set, so the Temporal server must be there: ${reason}`, { cause: error });
    console.warn(`skipped, because the Temporal server is missing: ${reason}`);
    project.provide('temporalMissing', reason);
    return undefined;
  }
  const server = await startTemporal();
  project.provide('temporalMissing', '');
  project.provide('temporalAddress', server.address);
  return () => server.stop();
}

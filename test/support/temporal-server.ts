/**
 * Vitest's global setup for the suites that run workflows: one Temporal server in memory.
 *
 * A machine without the server's binary gets its tests skipped with that reason (needs-server.ts); with CI set it is a
 * failure, so that a green build never means that nothing ran.
 * @module
 */
import { Connection } from '@temporalio/client';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../src/dev/ports.js';
import { temporalServerArgs } from '../../src/dev/temporalServer.js';
import { findTool } from '../../src/dev/toolchain/findTool.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port of the shared server; its namespace is `default`, with attune's search attributes. */
    temporalAddress: string;
    /** Why there is no server, in words; empty when there is one. */
    temporalMissing: string;
  }
}

const ANSWER_WITHIN_MS = 60_000;

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  let binary: string;
  try {
    binary = findTool('temporal');
  } catch (error) {
    const reason = (error as Error).message;
    if (process.env.CI) throw new Error(`CI is set, so the Temporal server must be there: ${reason}`, { cause: error });
    console.warn(`skipped, because the Temporal server is missing: ${reason}`);
    project.provide('temporalMissing', reason);
    return undefined;
  }
  const address = `127.0.0.1:${await freePort()}`;
  const server = startServer(binary, address);
  try {
    await answering(address, server);
    project.provide('temporalMissing', '');
    project.provide('temporalAddress', address);
  } catch (error) {
    await end(server);
    throw error;
  }
  return () => end(server);
}

/** In memory and without UI. `sh` ends it when this process is killed: its standard input then reaches its end. */
function startServer(binary: string, address: string): ChildProcess {
  const [ip = '', port = ''] = address.split(':');
  const args = [...temporalServerArgs({ ip, port: Number(port) }), '--headless', '--log-level', 'error'];
  const script =
    '"$@" </dev/null & server=$!; trap "kill $server" TERM; (cat >/dev/null; kill $server 2>/dev/null) <&3 & wait $server; wait $server';
  return spawn('sh', ['-c', `exec 3<&0; ${script}`, 'sh', binary, ...args], { stdio: ['pipe', 'ignore', 'inherit'] });
}

async function answering(address: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + ANSWER_WITHIN_MS;
  for (;;) {
    if (server.exitCode !== null)
      throw new Error(`the Temporal server ended with exit code ${server.exitCode} while starting`);
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1s' });
      return await connection.close();
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`the Temporal server at ${address} did not answer in time`, { cause: error });
      await sleep(50); // between two questions to a server that is still starting
    }
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
}

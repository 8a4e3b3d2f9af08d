/**
 * A Temporal server of one's own: in memory, or over a database file that outlives it.
 * @module
 */
import { Connection } from '@temporalio/client';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/dev/ports.js';
import { temporalServerArgs } from '../../src/dev/temporalServer.js';
import { findTool } from '../../src/dev/toolchain/findTool.js';

const ANSWER_WITHIN_MS = 60_000;

export interface TemporalOptions {
  /** Default: in memory. */
  databaseFile?: string;
  /** Beside what each local server has. */
  dynamicConfig?: Record<string, unknown>;
}

export interface OwnTemporal {
  /** host:port, the same after a restart. */
  address: string;
  /** kill -9; resolves once nobody answers any more. */
  kill(): Promise<void>;
  /** After a kill; resolves once it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves once it answers. @throws where the binary is missing, or the server ends or is silent */
export async function startTemporal({ databaseFile, dynamicConfig = {} }: TemporalOptions = {}): Promise<OwnTemporal> {
  const binary = findTool('temporal');
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const args = [
    ...temporalServerArgs({ ip: '127.0.0.1', port }),
    ...['--headless', '--log-level', 'error'],
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
  let server: ChildProcess;
  const restart = async (): Promise<void> => {
    server = startServer(binary, args);
    try {
      await answering(address, server);
    } catch (error) {
      await end(server, 'TERM');
      throw error;
    }
  };
  await restart();
  return { address, restart, kill: () => end(server, 'KILL'), stop: () => end(server, 'TERM') };
}

/** Without UI. `sh` ends it when this process is killed: its standard input then reaches its end. */
function startServer(binary: string, args: string[]): ChildProcess {
  const script =
    '"$@" </dev/null & server=$!; trap "kill $server" TERM; trap "kill -9 $server" USR1; ' +
    '(cat >/dev/null; kill $server 2>/dev/null) <&3 & wait $server; wait $server';
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

/** `KILL` reaches the server itself by way of its shell, which could not hand it on. */
async function end(server: ChildProcess, how: 'TERM' | 'KILL'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(how === 'TERM' ? 'SIGTERM' : 'SIGUSR1');
  await ended;
}

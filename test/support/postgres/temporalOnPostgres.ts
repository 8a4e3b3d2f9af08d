/**
 * A Temporal server as people host it themselves: Temporal's server for clusters over PostgreSQL, its SQL visibility included,
 * with the settings that it comes with. The namespace is made, the search attributes are not: that is the worker's part.
 * @module
 */
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { freePort } from '../../../src/dev/ports.js';
import type { TemporalProgram } from '../../../src/dev/stack.js';
import { startDatabase, type Database } from './database.js';
import { clusterPrograms, postgresInstallation } from './programs.js';

export interface TemporalOnPostgres {
  /** What to run, and the port of its frontend on 127.0.0.1. */
  program: TemporalProgram;
  /** Once nobody runs the program any more. */
  stop(): Promise<void>;
}

const STORES = { temporal: 'temporal', visibility: 'temporal_visibility' } as const;
const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
const ANSWERS_WITHIN_MS = 120_000;
/** What a cluster is installed with, to be chosen for good; 512 is said to be enough for small ones. */
const SHARDS = 4;

/** @param folder  of database, configuration and logs; made */
export async function temporalOnPostgres(folder: string, log: (line: string) => void): Promise<TemporalOnPostgres> {
  const { server, sqlTool } = await clusterPrograms(log);
  mkdirSync(folder, { recursive: true });
  const database = await startDatabase(await postgresInstallation(log), join(folder, 'postgres'));
  try {
    for (const [schema, name] of Object.entries(STORES)) await makeSchema(sqlTool, database, schema, name);
    const ports: ServicePorts[] = [];
    for (const name of SERVICES) ports.push({ name, grpcPort: await lowPort(), membershipPort: await lowPort() });
    const config = join(folder, 'temporal.yaml');
    writeFileSync(config, stringify(configOf(database, ports)));
    const args = ['--config-file', config, '--allow-no-auth', 'start'];
    const program: TemporalProgram = { command: server, args, port: ports[0]!.grpcPort };
    await makeNamespace(program);
    return { program, stop: database.stop };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function makeSchema(sqlTool: string, { port, user }: Database, schema: string, database: string): Promise<void> {
  const where = ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', '--port', String(port), '--user', user];
  const tool = (...args: string[]) => execa(sqlTool, [...where, '--database', database, ...args]);
  await tool('create-database');
  await tool('setup-schema', '-v', '0.0');
  await tool('update-schema', '--schema-name', `postgresql/v12/${schema}`);
}

/** As an operator does it, once: the server is started for it and ended again. */
async function makeNamespace({ command, args, port }: TemporalProgram): Promise<void> {
  const server = execa(command, args, { all: true, reject: false });
  try {
    const deadline = Date.now() + ANSWERS_WITHIN_MS;
    for (let made = false; !made;) {
      made = await registered(`127.0.0.1:${port}`);
      if (made) break;
      if (server.exitCode !== null) throw new Error(`the Temporal server ended:\n${(await server).all.slice(-2000)}`);
      if (Date.now() > deadline) throw new Error('the Temporal server did not make the namespace in time');
      await sleep(200); // between two tries at a server that is still starting
    }
  } finally {
    server.kill('SIGTERM');
    await server;
  }
}

async function registered(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 1000 });
    const workflowExecutionRetentionPeriod = { seconds: (30 * 86_400) as unknown as Long };
    await connection.workflowService.registerNamespace({ namespace: 'default', workflowExecutionRetentionPeriod });
    return true;
  } catch (error) {
    return (error as { code?: number }).code === ALREADY_EXISTS;
  } finally {
    await connection?.close();
  }
}

const ALREADY_EXISTS = 6;

/** The server's table of members holds a port as a small integer. */
async function lowPort(): Promise<number> {
  for (;;) {
    const wanted = randomInt(20_000, 32_767);
    if ((await freePort(wanted)) === wanted) return wanted;
  }
}

interface ServicePorts {
  name: (typeof SERVICES)[number];
  grpcPort: number;
  membershipPort: number;
}

function configOf({ port, user }: Database, ports: readonly ServicePorts[]): object {
  const store = (databaseName: string): object => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `127.0.0.1:${port}`,
      connectProtocol: 'tcp',
      user,
      password: '',
      maxConns: 20,
      maxIdleConns: 20,
      maxConnLifetime: '1h',
    },
  });
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: SHARDS,
      datastores: { default: store(STORES.temporal), visibility: store(STORES.visibility) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(ports.map(({ name, ...rpc }) => [name, { rpc: { ...rpc, bindOnLocalHost: true } }])),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports[0]!.grpcPort}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
  };
}

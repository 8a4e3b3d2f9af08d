/**
 * A PostgreSQL server of one's own in a folder, on 127.0.0.1.
 * @module
 */
import { execa } from 'execa';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/dev/ports.js';
import type { Installation } from './programs.js';

export interface Database {
  port: number;
  /** Of its only user, which needs no password from this machine. */
  user: string;
  stop(): Promise<void>;
  /** Ends it as a crash does: nothing is finished, and what was not committed is lost. */
  crash(): Promise<void>;
  /** SIGKILL to it and to all that it has started: nobody is told anything. */
  kill(): Promise<void>;
  /** Again, on the same port over the same files. */
  start(): Promise<void>;
}

const USER = 'temporal';
const ANSWERS_WITHIN_MS = 60_000;

/** @param folder  of its files, in a folder that is only this server's; made */
export async function startDatabase(installation: Installation, folder: string): Promise<Database> {
  const port = await freePort();
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const account = await unprivileged();
  let programs = join(installation.folder, installation.programs);
  if (account) {
    chownSync(folder, account.uid, account.gid);
    chmodSync(dirname(folder), 0o711); // that account has to reach its own folder
    // And programs, which else lie below the home of an account whose files nobody else may read.
    const copy = join(folder, 'installation');
    for (const part of installation.parts)
      cpSync(join(installation.folder, part), join(copy, part), { recursive: true });
    programs = join(copy, installation.programs);
  }
  const options = { ...account, cwd: folder, env: { LC_ALL: 'C' } };
  await execa(join(programs, 'initdb'), ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'], options);
  const log = { file: join(folder, 'postgres.log'), append: true };
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, max_connections: 100 };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
  const spawned = () =>
    execa(join(programs, 'postgres'), args, { ...options, stdin: 'ignore', stdout: log, stderr: log, reject: false });
  let server: ReturnType<typeof spawned>;
  const start = async (): Promise<void> => {
    server = spawned();
    await answering(programs, port, server, folder);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server.kill(signal);
    await server;
  };
  await start();
  return {
    port,
    user: USER,
    start,
    stop: () => end('SIGINT'), // its fast shutdown
    crash: () => end('SIGQUIT'), // its immediate shutdown: the next start recovers from its log
    kill: () => {
      server.kill('SIGSTOP'); // it starts nobody meanwhile
      for (const pid of startedBy(server.pid!)) process.kill(pid, 'SIGKILL');
      return end('SIGKILL');
    },
  };
}

/** Each connection has a process of its own, in a group of its own. */
const startedBy = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (option: string): Promise<number> => Number((await execa('id', [option, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function answering(
  programs: string,
  port: number,
  server: { exitCode: number | null },
  folder: string,
): Promise<void> {
  const deadline = Date.now() + ANSWERS_WITHIN_MS;
  for (;;) {
    const where = ['-h', '127.0.0.1', '-p', String(port), '-U', USER, '-d', 'postgres'];
    const asked = await execa(join(programs, 'psql'), [...where, '-c', 'select 1'], { reject: false });
    if (asked.exitCode === 0) return;
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error(`PostgreSQL does not answer; its log: ${join(folder, 'postgres.log')}`);
    await sleep(100); // between two questions to a server that is still starting
  }
}

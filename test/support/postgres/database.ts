/**
 * A PostgreSQL server of one's own in a folder, on 127.0.0.1.
 * @module
 */
import { execa } from 'execa';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/dev/ports.js';

export interface Database {
  port: number;
  /** Of its only user, which needs no password from this machine. */
  user: string;
  stop(): Promise<void>;
}

const USER = 'temporal';
const ANSWERS_WITHIN_MS = 60_000;

/**
 * @param programs  folder of `initdb`, `postgres` and `psql`
 * @param folder    of its files, in a folder that is only this server's; made
 */
export async function startDatabase(programs: string, folder: string): Promise<Database> {
  const port = await freePort();
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const account = await unprivileged();
  if (account) {
    chownSync(folder, account.uid, account.gid);
    chmodSync(dirname(folder), 0o711); // that account has to reach its own folder
  }
  const options = { ...account, cwd: folder, env: { LC_ALL: 'C' } };
  await execa(join(programs, 'initdb'), ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'], options);
  const log = { file: join(folder, 'postgres.log') };
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, max_connections: 100 };
  const server = execa(
    join(programs, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    { ...options, stdin: 'ignore', stdout: log, stderr: log, reject: false },
  );
  await answering(programs, port, server, folder);
  return {
    port,
    user: USER,
    stop: async () => {
      server.kill('SIGINT'); // its fast shutdown
      await server;
    },
  };
}

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

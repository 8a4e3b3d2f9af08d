/**
 * moto's server: AWS's APIs by somebody else, with real queues and redrive. It runs in the environment of the outside clients,
 * which is made on first use.
 * @module
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { freePort } from '../../src/dev/ports.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = ['--import', 'tsx', 'tools/conformance-python.ts'];

/** The Python of the outside clients, or why there is none. */
export async function outsidePython(): Promise<{ python: string } | { missing: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, PROGRAM, { cwd: root, timeout: 300_000 });
    return { python: stdout.trim() };
  } catch (error) {
    if (process.env.CI) throw error;
    return { missing: `no environment of the outside clients: ${(error as { stderr?: string }).stderr?.trim()}` };
  }
}

/** A server for all tests of a file, which are skipped, with the reason, where there is none. @returns it, within a test */
export function sharedMoto(): () => Moto {
  let moto: Moto | undefined;
  let missing = '';
  beforeAll(async () => {
    const found = await outsidePython();
    if ('missing' in found) missing = found.missing;
    else moto = await startMoto(found.python);
  }, 360_000);
  beforeEach((context) => context.skip(moto === undefined, missing));
  afterAll(() => moto?.stop());
  return () => moto!;
}

export interface Moto {
  url: string;
  stop(): Promise<void>;
}

async function startMoto(python: string): Promise<Moto> {
  const port = await freePort();
  const args = ['-m', 'moto.server', '--host', '127.0.0.1', '--port', String(port)];
  const server = spawn(python, args, { stdio: 'ignore' });
  const endNow = (): void => void server.kill('SIGKILL');
  process.once('exit', endNow);
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}/moto-api/`))) {
    if (server.exitCode !== null) throw new Error(`moto ended with exit code ${server.exitCode} while starting`);
    await new Promise((resolve) => setTimeout(resolve, 50)); // between two questions to a server that is still starting
  }
  return {
    url,
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGKILL'); // it has no state to save, and waits for open polls otherwise
      await ended;
      process.off('exit', endNow);
    },
  };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

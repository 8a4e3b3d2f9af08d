/**
 * `attune worker` as a process of its own: what ships, with the flags and variables that a person would give it.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { until } from './loop.js';

/**
 * Runs `body` while the worker polls, with its process id.
 *
 * @throws Error with what it said, where it ends before it polls
 */
export async function withWorkerProcess<T>(
  args: string[],
  env: Record<string, string>,
  body: (pid: number) => Promise<T>,
): Promise<T> {
  const worker = spawn(process.execPath, [join(projectRoot, 'dist', 'cli', 'main.js'), 'worker', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  worker.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    await until(() => said.includes('worker: polls ') || worker.exitCode !== null);
    if (worker.exitCode !== null) throw new Error(said);
    return await body(worker.pid!);
  } finally {
    const ended = worker.exitCode === null ? once(worker, 'exit') : undefined;
    worker.kill('SIGTERM');
    await ended;
  }
}

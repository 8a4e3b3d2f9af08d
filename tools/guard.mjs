/**
 * Runs a program that must not outlive its starter: `node guard.mjs PROGRAM [ARGUMENT]…`, started with an IPC channel and
 * in a process group of its own. However the starter ends, the channel closes, and with it ends the whole group.
 * @module
 */
import { spawn } from 'node:child_process';

const endAll = () => process.kill(-process.pid, 'SIGKILL');
for (const reason of ['disconnect', 'SIGINT', 'SIGTERM']) process.on(reason, endAll);

const [program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));

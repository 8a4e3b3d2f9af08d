/**
 * Which process is which: a process id alone may by now belong to another one.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readJson, userCache } from './places.mjs';

/** One file for each program that a set-up has started and not yet seen end. */
const startedFolder = path.join(userCache, 'running');

export const identityOf = (pid) => ({ pid, born: birthOf(pid) });
export const thisProcess = () => identityOf(process.pid);

export function isAlive({ pid, born }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    if (error.code !== 'EPERM') throw error;
  }
  return birthOf(pid) === born;
}

/** When the process began, in the kernel's ticks; undefined on systems without /proc, where the id alone has to do. */
function birthOf(pid) {
  if (!existsSync('/proc/self/stat')) return undefined;
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[19];
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return 'gone';
    throw error;
  }
}

/** @returns a function to call when the program has ended */
export function recordStarted(pid) {
  mkdirSync(startedFolder, { recursive: true });
  const record = path.join(startedFolder, `${pid}.json`);
  writeFileSync(record, JSON.stringify({ program: identityOf(pid), startedBy: thisProcess() }));
  return () => rmSync(record, { force: true });
}

/**
 * Ends the programs that a killed set-up left behind: an `npm ci` that goes on without its parent would write into the
 * same folder as the next one.
 */
export function endOrphans() {
  if (!existsSync(startedFolder)) return;
  for (const name of readdirSync(startedFolder)) {
    const record = path.join(startedFolder, name);
    const { program, startedBy } = readJson(record) ?? {};
    if (!program || isAlive(startedBy)) continue;
    if (isAlive(program)) process.kill(-program.pid, 'SIGKILL');
    rmSync(record, { force: true });
  }
}

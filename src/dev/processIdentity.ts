/**
 * Which process is meant: its number and the time it started, because numbers are used again.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** As the system tells it: clock ticks since boot on Linux, a date elsewhere. Compared, never read. */
  startedAt: string;
}

/** @returns undefined where no such process runs */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Asked in loops: where there is /proc, it starts no process. */
export const isAlive = ({ pid, startedAt }: ProcessIdentity): boolean => startOf(pid) === startedAt;

function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startByPs(pid);
  const [state, ...fields] = statOf(pid);
  // One that ended and was not collected yet has a number and a start, but runs no more.
  return state === 'Z' ? undefined : fields[18];
}

/** The process's line of the system's table from field 3 (its state) on; field 22 is its start. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold spaces: fields are counted after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio }).trim() || undefined;
  } catch {
    return undefined; // ps exits 1 when there is no such process
  }
}

/**
 * Which process is meant: its number and the time it started, because numbers are used again.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** As the system tells it: clock ticks since boot on Linux, a date elsewhere. Compared, never read. */
  startedAt: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export const isAlive = ({ pid, startedAt }: ProcessIdentity): boolean => startOf(pid) === startedAt;

/** Sends a signal to the process group that `leader` led, whether or not the leader itself still runs. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  const current = startOf(leader.pid);
  if (current !== undefined && current !== leader.startedAt) return;
  try {
    process.kill(-leader.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A variable of each container's environment: its value tells whose a process is that has left its group. */
export const MARK = 'LOCAL_SAGEMAKER_CONTAINER';

/**
 * Kills what runs in the containers below a folder: the leaders' groups, and whatever left them for a session of its own, as
 * the processes that torchrun starts do. Without /proc only the groups are found.
 */
export function killContainers(folder: string, leaders: ProcessIdentity[] = []): void {
  for (const leader of leaders) signalGroup(leader, 'SIGKILL');
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isMarked(name, folder))) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function isMarked(pid: string, folder: string): boolean {
  try {
    const marks = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return marks.some((mark) => `${mark}/`.startsWith(`${MARK}=${folder}/`));
  } catch {
    // Gone meanwhile, or another user's: not a job's.
    return false;
  }
}

/** Whether anything still runs in the group that this process started. */
export function groupRuns(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 0);
  } catch {
    return false;
  }
  // Orphans that ended stay in the table where the first process of the machine is slow to collect them.
  return process.platform !== 'linux' || readdirSync('/proc').some((pid) => isIn(leaderPid, pid));
}

function isIn(group: number, pid: string): boolean {
  const [state, , memberOf] = /^\d+$/.test(pid) ? statOf(pid) : [];
  return state !== undefined && state !== 'Z' && Number(memberOf) === group;
}

function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startByPs(pid);
  const fields = statOf(String(pid));
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** The process's line of the system's table from field 3 (its state) on; field 5 is its group, field 22 its start. */
function statOf(pid: string): string[] {
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
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

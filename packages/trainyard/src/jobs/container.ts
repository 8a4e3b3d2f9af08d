/**
 * What stands in for the container: one process group with the job's command, its log, and an end that is enforced.
 * @module
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join, posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogWriter } from '../logFiles.js';
import { enclosed, withoutWayOut } from './enclosure.js';
import { JobFailure } from './job.js';
import { groupRuns, identify, killContainers, MARK, type ProcessIdentity } from './processIdentity.js';

/** Why a job has to end before it is done. The reason of the runner's abort signal. */
export type Interruption = 'stop' | 'maxRuntime' | 'maxWait';

export interface Command {
  /** The first is the program. */
  line: string[];
  environment: Record<string, string>;
  /** The container's /opt/ml. */
  folder: string;
}

/** What a job asks of its containers' surroundings. */
export interface Enclosure {
  python: string;
  /** Whether /opt/ml is there for the command, or has to be moved in all that it is given. */
  namespaces: boolean;
  /** Of an isolated job: by which its containers find the network that they share. */
  network?: string;
  /** Of a training job with namespaces: what its containers find as /etc/hosts. */
  names?: string;
}

export interface Surroundings {
  log: LogWriter;
  /** Aborts with an Interruption as its reason. */
  interrupted: AbortSignal;
  /** Aborts when the machine is gone: everything dies at once, and the command is told nothing. */
  lost?: AbortSignal;
  graceMs: number;
  onStart(leader: ProcessIdentity): void;
  onInterruption(): void;
}

const ROOT = '/opt/ml';

/** As the program says it that makes a container's namespaces. */
const UNSTARTED = 'the entrypoint could not be started';
const NOT_FOUND = 127;

/** A path below /opt/ml as it is called on this machine; anything else stays as it is. */
export const rerooted = (text: string, ml: string): string =>
  text === ROOT || text.startsWith(`${ROOT}/`) ? ml + text.slice(ROOT.length) : text;

/** Whether a path of a container lies below a folder (which ends in a slash), whatever `.` and `..` are in it. */
export const isBelow = (folder: string, path: string): boolean =>
  path.startsWith(folder) && !path.split('/').includes('..') && posix.normalize(`${path}/`).length > folder.length;

/**
 * What a process needs of the machine that it runs on, and no more of what its owner has in their shell: programs and
 * libraries, accelerators, the way to the network, certificates, and where models and packages are kept. No token is among
 * them: on AWS a job has none of them either.
 */
const OF_THE_MACHINE =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|LANG|LC_[A-Z]+|TZ|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|CUDA_\w+|NVIDIA_\w+|NCCL_\w+|GLOO_\w+|OMP_\w+|MKL_\w+|OPENBLAS_NUM_THREADS|TOKENIZERS_PARALLELISM|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|XDG_CACHE_HOME|HF_(HOME|HUB_CACHE|HUB_OFFLINE|ENDPOINT|DATASETS_OFFLINE)|TRANSFORMERS_OFFLINE|TORCH_HOME|PIP_(INDEX_URL|EXTRA_INDEX_URL|CACHE_DIR|CONFIG_FILE|CERT|NO_INDEX|FIND_LINKS))$/;

/** AWS's variables as the emulator gives them: its runner has no others. */
const OF_AWS = /^AWS_/;

/**
 * A container's command with its variables.
 *
 * @param ml         the container's /opt/ml as it is called on this machine
 * @param given      the job's own variables
 * @param processes  how many share this machine's cores
 */
export function containerCommand(
  enclosure: Enclosure,
  line: string[],
  ml: string,
  given: Record<string, string> = {},
  processes = 1,
): Command {
  const { python, namespaces, network, names } = enclosure;
  const moved = line.map((part) => rerooted(part, rootOf(enclosure, ml)));
  return {
    line: namespaces ? enclosed(moved, { python, folder: ml, at: ROOT, network, names }) : moved,
    folder: ml,
    environment: containerEnvironment(enclosure, given, ml, processes),
  };
}

/** What the container's processes call its /opt/ml. */
const rootOf = ({ namespaces }: Enclosure, ml: string): string => (namespaces ? ROOT : ml);

/** The variables of every container here: the Python environment first on PATH, AWS's settings, the job's own. */
function containerEnvironment(
  enclosure: Enclosure,
  given: Record<string, string>,
  ml: string,
  processes: number,
): Record<string, string> {
  const { python, network, namespaces } = enclosure;
  const root = rootOf(enclosure, ml);
  const host = Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (OF_THE_MACHINE.test(entry[0]) || OF_AWS.test(entry[0])),
    ),
  );
  return {
    OMP_NUM_THREADS: String(Math.max(1, Math.floor(availableParallelism() / processes))),
    ...(network === undefined ? host : withoutWayOut(host)),
    // Root of a namespace of one user can give files to nobody: tar, which as root gives each back to its owner, would fail.
    ...(namespaces ? { TAR_OPTIONS: '--no-same-owner' } : {}),
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, rerooted(value, root)])),
    PATH: [dirname(python), process.env['PATH'] ?? ''].join(delimiter),
    PYTHONUNBUFFERED: '1',
    [MARK]: ml,
  };
}

/** A program of the Python environment, such as the training toolkit's `train`. */
export const programOf = (python: string, name: string): string => join(dirname(python), name);

/**
 * Runs a command until it ends. An interruption sends SIGTERM to the first process alone, as a container runtime does, then
 * SIGKILL to all of the group when the grace is over.
 *
 * @returns the exit code, 128 + n when signal n ended it
 * @throws JobFailure when the program cannot be started
 */
export async function run(
  command: Command,
  { log, interrupted, lost, graceMs, onStart, onInterruption }: Surroundings,
): Promise<number> {
  const [program = '', ...args] = command.line;
  const { environment: env, folder: cwd } = command;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk: Buffer) => log.write(chunk, 'stdout'));
  let lastError = '';
  child.stderr.on('data', (chunk: Buffer) => {
    lastError = String(chunk);
    log.write(chunk, 'stderr');
  });

  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', ({ message }) =>
      reject(new JobFailure(`AlgorithmError: ${UNSTARTED} (${message}), exit code: 127`)),
    );
    child.once('exit', (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  });
  const { pid } = child;
  if (pid === undefined) return exited;
  const leader = identify(pid);
  if (leader) onStart(leader);
  const killAll = (): void => {
    // The group outlives its leader, who may have ended before it could be identified.
    if (groupRuns(pid)) process.kill(-pid, 'SIGKILL');
    killContainers(cwd);
  };

  const over = new AbortController();
  if (lost?.aborted) killAll();
  else lost?.addEventListener('abort', killAll, { once: true, signal: over.signal });
  const end = new Promise<void>((resolve) => {
    const interrupt = () => {
      onInterruption();
      child.kill('SIGTERM');
      resolve(groupEnd(pid, graceMs).then(killAll));
    };
    if (interrupted.aborted) interrupt();
    else interrupted.addEventListener('abort', interrupt, { once: true, signal: over.signal });
  });
  const code = await Promise.race([exited, end.then(() => exited)]);
  if (interrupted.aborted) await end;
  over.abort();
  // What the command left running would have died with the container.
  killAll();
  await drained(child.stdout, child.stderr);
  if (code === NOT_FOUND && lastError.startsWith(UNSTARTED))
    throw new JobFailure(`AlgorithmError: ${lastError.trim()}, exit code: ${code}`);
  return code;
}

/** Waits for the whole group to end by itself, no longer than the grace. */
async function groupEnd(pid: number, graceMs: number): Promise<void> {
  const deadline = Date.now() + graceMs;
  while (groupRuns(pid) && Date.now() < deadline) await delay(Math.min(50, graceMs));
}

const drained = (...streams: NodeJS.ReadableStream[]): Promise<unknown> =>
  Promise.all(
    streams.map(
      (stream) => new Promise((resolve) => (isEnded(stream) ? resolve(undefined) : stream.once('close', resolve))),
    ),
  );

const isEnded = (stream: NodeJS.ReadableStream): boolean => (stream as NodeJS.ReadStream).closed;

const SIGNALS: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};
const signalNumber = (signal: NodeJS.Signals | null): number => SIGNALS[signal ?? ''] ?? 0;

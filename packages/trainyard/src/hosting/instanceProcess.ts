/**
 * The process of one endpoint instance: started apart from the emulator, found again by its folder, ended by its pid.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import type { Context } from '../context.js';
import { endpointLogs, logPath } from '../logFiles.js';
import { withoutWayOut } from '../jobs/enclosure.js';
import { DeploymentFailure, fetchModelData } from './modelData.js';
import type { Variant } from './records.js';

/** Where an instance listens, and what it wants to hear, as it writes it itself. */
export interface Address {
  pid: number;
  port: number;
  /** Answered are only requests that bear it: others on this machine reach the port too. */
  token: string;
}

/** What an instance asks of a request. */
export const passFor = ({ token }: Address): Record<string, string> => ({ 'x-trainyard-token': token });

export interface Instance {
  id: string;
  /** Holds the unpacked model, the address and the lock. */
  folder: string;
  endpointName: string;
  variant: Variant;
}

// The same number of folders up from src/ and from dist/.
const SERVER = fileURLToPath(new URL('../../python/container/serve.py', import.meta.url));

/** Where a container finds its model. */
const MODEL = '/opt/ml/model';

/** What the platform allows a container. */
const PING_MS = 2_000;
const STOP_GRACE_MS = 30_000;
/** How often a process is looked at while it starts or ends; at no other time is it looked at. */
const LOOK_EVERY_MS = 100;

/** Holds the pid of the process that was started last. */
const LAUNCHED = 'launched.pid';

export const endpointFolder = ({ settings }: Context, endpointName: string): string =>
  resolve(settings.stateDir, 'endpoints', encodeURIComponent(endpointName));

export const instanceFolder = (context: Context, endpointName: string, id: string): string =>
  join(endpointFolder(context, endpointName), id);

/** The address of an instance's process, if it lives. */
export function addressOf(folder: string): Address | undefined {
  const path = join(folder, 'address.json');
  if (!existsSync(path)) return undefined;
  const address = JSON.parse(readFileSync(path, 'utf8')) as Address;
  return commandOf(address.pid).includes(folder) ? address : undefined;
}

/**
 * Brings an instance up, or finds it up: model data, process, green ping.
 *
 * @throws DeploymentFailure with the reason to show
 */
export async function bringUp(context: Context, instance: Instance): Promise<Address> {
  const model = join(instance.folder, 'model');
  mkdirSync(instance.folder, { recursive: true });
  if (!existsSync(model)) await fetchModelData(instance.variant.source, model, instance.variant.downloadMs);
  const deadline = Date.now() + instance.variant.startupMs;
  const ended = addressOf(instance.folder) ? () => !addressOf(instance.folder) : launch(context, instance);
  while (Date.now() < deadline) {
    const address = addressOf(instance.folder);
    if (address && (await pings(address))) return address;
    if (ended()) break;
    await sleep(LOOK_EVERY_MS);
  }
  throw new DeploymentFailure(
    `The primary container for production variant ${instance.variant.name} did not pass the ping health check. ` +
      'Please check CloudWatch logs for this endpoint.',
  );
}

/** @returns whether the process has ended */
function launch(context: Context, { id, folder, endpointName, variant }: Instance): () => boolean {
  rmSync(join(folder, 'address.json'), { force: true });
  const log = logPath(resolve(context.settings.stateDir), endpointLogs(endpointName), `${variant.name}/${id}`);
  const { python, namespaces } = context.settings;
  const view = namespaces ? ['--namespaces', ...(variant.isolated ? ['--isolated'] : [])] : [];
  const child = spawn(python, [SERVER, '--instance', folder, '--log', log, ...view], {
    cwd: folder,
    env: environmentOf(context, variant, folder),
    // A group of its own: neither a Ctrl-C at the emulator's terminal nor its end reaches the instance.
    detached: true,
    stdio: 'ignore',
  });
  // Until it has written its address, this is how it is found.
  if (child.pid !== undefined) writeFileSync(join(folder, LAUNCHED), String(child.pid));
  let ended = false;
  child.once('error', () => (ended = true));
  child.once('exit', () => (ended = true));
  child.unref();
  // One that ends because the instance runs already has ended in vain only if that one is not to be found.
  return () => ended && !addressOf(folder);
}

function environmentOf({ settings }: Context, variant: Variant, folder: string): Record<string, string> {
  const model = settings.namespaces ? MODEL : join(folder, 'model');
  const { PATH = '', HOME = '/', TMPDIR, LANG = 'C.UTF-8' } = process.env;
  const fromModel = Object.entries(variant.environment).map(([name, value]) => [
    name,
    value.replace(/^\/opt\/ml\/model(?=\/|$)/, () => model),
  ]);
  return {
    PATH: [dirname(settings.python), PATH].join(delimiter),
    HOME,
    LANG,
    ...(TMPDIR ? { TMPDIR } : {}),
    PYTHONUNBUFFERED: '1',
    ...(variant.isolated ? withoutWayOut(settings.awsEnvironment) : settings.awsEnvironment),
    SAGEMAKER_REGION: settings.region,
    SM_MODEL_DIR: model,
    ...(Object.fromEntries(fromModel) as Record<string, string>),
  };
}

async function pings(address: Address): Promise<boolean> {
  try {
    const reply = await request(`http://127.0.0.1:${address.port}/ping`, {
      headers: passFor(address),
      signal: AbortSignal.timeout(PING_MS),
    });
    await reply.body.dump();
    return reply.statusCode === 200;
  } catch {
    return false; // not listening yet, or too slow: red, as for the platform
  }
}

/** Ends its process; then its folder goes. */
export async function endInstance(folder: string): Promise<void> {
  await endProcess(folder);
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Ends the process, whether it listens already or not, and leaves the folder, so that the instance can be started again:
 * SIGTERM, and SIGKILL to all of its group after the grace time.
 */
export async function endProcess(folder: string): Promise<void> {
  const pids = new Set([addressOf(folder)?.pid, launchedIn(folder)].filter((pid) => pid !== undefined));
  for (const pid of pids) {
    signal(pid, 'SIGTERM');
    const deadline = Date.now() + STOP_GRACE_MS;
    while (commandOf(pid).includes(folder)) {
      if (Date.now() > deadline) signal(-pid, 'SIGKILL');
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** The process that was started in the folder, if it lives. */
function launchedIn(folder: string): number | undefined {
  const path = join(folder, LAUNCHED);
  if (!existsSync(path)) return undefined;
  const pid = Number(readFileSync(path, 'utf8'));
  return commandOf(pid).includes(folder) ? pid : undefined;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ended meanwhile: what was wanted
  }
}

/** The command line of a process, empty when there is none. It names the instance's folder: a reused pid is told apart. */
function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}

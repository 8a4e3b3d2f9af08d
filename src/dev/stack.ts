/**
 * The local stack: Temporal with its UI, an S3 server, the SageMaker emulator and the workers, as processes of their own
 * over one folder of state.
 * @module
 */
import { Connection } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createConnection } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findTool, projectRoot } from './toolchain/findTool.js';
import { freePort } from './ports.js';
import { makeBucket, makeVectorBucket } from './buckets.js';
import {
  ACCOUNT,
  BUCKET,
  describeStack,
  environmentOf,
  ROLE_ARN,
  temporalConfigPath,
  withoutAwsAndTemporal,
  writeTemporalConfig,
  type Ports,
  type StackDescription,
} from './environment.js';
import { endLeftovers, Service } from './processes.js';
import { identify, isAlive, type ProcessIdentity } from './processIdentity.js';
import { makePrivate, removeHalfWritten } from './stateFolder.js';
import { rememberRuns, temporalServerArgs } from './temporalServer.js';

/** Below the state folder. */
const FOLDERS = ['temporal', 's3', 'sagemaker', 'logs'];

/** Where a first start would like to listen; a port that is taken is replaced by a free one. */
const USUAL_PORTS: Ports = { temporal: 7233, ui: 8233, s3: 7070, sagemaker: 7080, events: 7090 };

/** A Temporal server other than the development one, whose namespace `default` is there already. */
export interface TemporalProgram {
  command: string;
  args: string[];
  /** Where its frontend listens, on 127.0.0.1. */
  port: number;
}

export interface StackOptions {
  /** Folder of all state; made when absent. */
  stateDir: string;
  ports?: Partial<Ports>;
  /** Default: the development server over a file of the state folder, with its UI. */
  temporal?: TemporalProgram;
  /** Start the workers too. Default true. */
  worker?: boolean;
  /** Of the workers alone, beside or in place of what points at the stack: where they reach it by other ways. */
  workerEnvironment?: Record<string, string>;
  /** Further arguments of `attune worker`. */
  workerArgs?: string[];
  /** Between SIGTERM and SIGKILL of a stopped job. AWS's 120 s unless given. */
  stopGraceMs?: number;
  /** Jobs and endpoints only take time ("500", "60000-90000": between) and leave a folder's ready-made files. */
  instant?: { ms: string; outputs: string };
  /** Whether the emulator announces changes of state. Default true. */
  events?: boolean;
  /** `smollm2`, or a GGUF file: answers as Amazon Bedrock. Default: nothing does. */
  languageModel?: { model: string; python: string };
  /** Whether faults may be asked of the emulator, to see what a run makes of them. Default false. */
  faults?: boolean;
  /** Progress, one line each. */
  log: (line: string) => void;
}

export type { Ports, StackDescription } from './environment.js';

export interface Stack {
  /** What points any AWS SDK and any Temporal client at this stack. */
  environment: Record<string, string>;
  describe: StackDescription;
  services: readonly Service[];
  /** Ends the servers and workers. Jobs and endpoints go on, as they would in the cloud, unless told otherwise. */
  stop(options?: { jobs?: boolean }): Promise<void>;
}

/** `stack.json` in the state folder: how others find the running stack, and how a later start finds what was left. */
interface StackRecord {
  owner: ProcessIdentity;
  services: ProcessIdentity[];
  ports: Ports;
  secretAccessKey: string;
  describe: StackDescription;
  environment: Record<string, string>;
}

/** @throws Error when another `attune dev` runs on the same state folder, or a server does not come up */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stateDir = resolve(options.stateDir);
  const { log } = options;
  makePrivate(stateDir, FOLDERS);

  const before = readRecord(stateDir);
  if (before && isAlive(before.owner))
    throw new Error(`a stack runs on ${stateDir} already (pid ${before.owner.pid}): use it, or stop it first`);
  const left = before ? await endLeftovers(before.services) : 0;
  if (left > 0) log(`ended ${left} process${left === 1 ? '' : 'es'} of a stack that was killed`);

  const temporal = options.temporal && { temporal: options.temporal.port };
  const ports = await choosePorts({ ...USUAL_PORTS, ...before?.ports, ...options.ports, ...temporal });
  const secretAccessKey = before?.secretAccessKey ?? randomBytes(20).toString('hex');
  const eventsToken = before?.environment['ATTUNE_EVENTS_TOKEN'] ?? randomBytes(20).toString('hex');
  const describe = describeStack(ports, secretAccessKey);
  const environment = environmentOf(describe, { eventsToken, temporalConfig: writeTemporalConfig(stateDir, describe) });
  const childEnvironment = { ...withoutAwsAndTemporal(process.env), ...environment };

  const services: Service[] = [];
  // On every new pid, restarts included: a later start must find exactly what this one left.
  const onSpawn = (): void =>
    writeRecord(stateDir, {
      owner: identify(process.pid)!,
      services: services.flatMap(({ pid }) => (pid ? [identify(pid)] : [])).filter((id) => id !== undefined),
      ports,
      secretAccessKey,
      describe,
      environment,
    });
  const common = { stateDir, ports, log, onSpawn };
  const stop = async ({ jobs = false } = {}): Promise<void> => {
    // Workers first, so that nothing is started any more; the servers they need last.
    for (const service of [...services].reverse()) await service.stop(service.name === 'workers' ? 30_000 : 10_000);
    if (jobs) await killJobs(stateDir);
  };

  try {
    services.push(temporalService(common, options.temporal), s3Service(common, describe));
    await Promise.all(services.map((service) => service.start()));
    await makeBucket(describe);
    log(`Temporal    ${describe.temporal.address}   UI ${describe.temporal.ui}`);
    log(`S3          ${describe.aws.s3}   bucket ${BUCKET}`);

    services.push(emulatorService(common, childEnvironment, options));
    await services.at(-1)!.start();
    await makeVectorBucket(describe);
    log(`SageMaker   ${describe.aws.sagemaker}   jobs and endpoints in ${join(options.stateDir, 'sagemaker')}`);
    if (options.languageModel)
      log(`Bedrock     ${describe.aws.sagemaker}   every model is ${options.languageModel.model}`);

    if (options.worker ?? true) {
      services.push(workerService(common, { ...childEnvironment, ...options.workerEnvironment }, options.workerArgs));
      await services.at(-1)!.start();
      log(`workers     task queues attune, attune-aws, attune-io   events on http://127.0.0.1:${ports.events}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment, describe, services, stop };
}

/** The running stack of a state folder, if there is one. */
export function runningStack(stateDir: string): Pick<StackRecord, 'describe' | 'environment' | 'owner'> | undefined {
  const record = readRecord(resolve(stateDir));
  return record && isAlive(record.owner) ? record : undefined;
}

/** How long a stack that is asked to may take to end: its workers alone have half a minute to let go of what they do. */
const STOP_MS = 60_000;

/**
 * Ends the stack of a state folder, whoever started it, and every job and endpoint of it. The state stays.
 *
 * @returns whether there was anything: a stack that ran, or processes that one had left
 */
export async function stopStack(stateDir: string): Promise<{ stack: boolean; left: number }> {
  const folder = resolve(stateDir);
  const record = readRecord(folder);
  if (!record) return { stack: false, left: 0 };
  const stack = isAlive(record.owner);
  // As Ctrl-C does: it ends its servers in order.
  if (stack) await endLeftovers([record.owner], STOP_MS);
  // Read again: a server may have been started anew meanwhile.
  const left = await endLeftovers(readRecord(folder)?.services ?? []);
  if (existsSync(join(folder, 'sagemaker'))) await killJobs(folder);
  return { stack, left };
}

/** Ends every job and endpoint, then removes all state. @throws Error while a stack runs there */
export async function cleanState(stateDir: string): Promise<void> {
  const folder = resolve(stateDir);
  const record = readRecord(folder);
  if (record && isAlive(record.owner))
    throw new Error(`a stack runs on ${folder} (pid ${record.owner.pid}): stop it before its state is removed`);
  if (record) await endLeftovers(record.services);
  if (existsSync(join(folder, 'sagemaker'))) await killJobs(folder);
  for (const name of [...FOLDERS, 'stack.json']) rmSync(join(folder, name), { recursive: true, force: true });
}

/** What every service is made from. */
interface Common {
  stateDir: string;
  ports: Ports;
  log: (line: string) => void;
  onSpawn: () => void;
}

function temporalService({ stateDir, ports, ...watched }: Common, other?: TemporalProgram): Service {
  const address = `127.0.0.1:${ports.temporal}`;
  return new Service({
    ...watched,
    name: 'Temporal',
    command: other?.command ?? findTool('temporal'),
    args: other?.args ?? [
      ...temporalServerArgs({ ip: '127.0.0.1', port: ports.temporal }),
      ...['--ui-port', String(ports.ui), '--ui-disable-news-fetch', '--log-level', 'warn'],
      ...['--db-filename', join(stateDir, 'temporal', 'temporal.db')],
      // A kill of the server loses nothing so; only a crash of the machine may cost the last moment. SQLite's own default
      // waits for the disk several times in each of the hundred-odd transactions of a run.
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
    ],
    env: { ...withoutAwsAndTemporal(process.env), TEMPORAL_CONFIG_FILE: temporalConfigPath(stateDir) },
    logFile: join(stateDir, 'logs', 'temporal.log'),
    answers: () => namespaceAnswers(address),
    withinMs: 60_000,
  });
}

function s3Service({ stateDir, ports, ...watched }: Common, { aws }: StackDescription): Service {
  return new Service({
    ...watched,
    name: 'S3',
    command: findTool('versitygw'),
    args: [
      '--port',
      `127.0.0.1:${ports.s3}`,
      '--region',
      aws.region,
      '--quiet',
      '--keep-alive',
      'posix',
      join(stateDir, 's3'),
    ],
    // By environment, because arguments are seen by everybody on the machine.
    env: {
      ...withoutAwsAndTemporal(process.env),
      ROOT_ACCESS_KEY: aws.accessKeyId,
      ROOT_SECRET_KEY: aws.secretAccessKey,
    },
    logFile: join(stateDir, 'logs', 's3.log'),
    answers: () => accepts(ports.s3),
    withinMs: 30_000,
    tidy: () => removeHalfWritten(join(stateDir, 's3')),
  });
}

function emulatorService(
  { stateDir, ports, ...watched }: Common,
  env: Record<string, string | undefined>,
  { stopGraceMs, instant, events = true, faults = false, languageModel }: StackOptions,
): Service {
  return new Service({
    ...watched,
    name: 'SageMaker',
    command: process.execPath,
    args: [
      emulatorMain,
      ...['--state', join(stateDir, 'sagemaker'), '--port', String(ports.sagemaker), '--python', findTool('python')],
      ...['--account', ACCOUNT, '--role', ROLE_ARN],
      ...(events ? ['--events-url', `http://127.0.0.1:${ports.events}/`] : []),
      ...(faults ? ['--faults'] : []),
      ...(languageModel ? ['--language-model', languageModel.model] : []),
      ...(languageModel ? ['--language-model-python', languageModel.python] : []),
      ...(instant ? ['--instant', instant.ms, '--outputs', instant.outputs] : []),
      ...(stopGraceMs === undefined ? [] : ['--stop-grace-ms', String(stopGraceMs)]),
    ],
    env: { ...env, TRAINYARD_EVENTS_TOKEN: env['ATTUNE_EVENTS_TOKEN'] },
    logFile: join(stateDir, 'logs', 'sagemaker.log'),
    answers: () => healthy(`http://127.0.0.1:${ports.sagemaker}/health`),
    withinMs: 30_000,
  });
}

function workerService(
  { stateDir, ports, ...watched }: Common,
  env: Record<string, string | undefined>,
  more: string[] = [],
): Service {
  return new Service({
    ...watched,
    name: 'workers',
    command: process.execPath,
    args: [join(projectRoot, 'dist', 'cli', 'main.js'), 'worker', '--events-port', String(ports.events), ...more],
    env,
    logFile: join(stateDir, 'logs', 'workers.log'),
    answers: () => healthy(`http://127.0.0.1:${ports.events}/health`),
    withinMs: 60_000,
  });
}

/** The local SageMaker's program. Its package is found, never imported: only arguments and URLs go between the two. */
const emulatorMain = join(dirname(createRequire(import.meta.url).resolve('trainyard/package.json')), 'dist', 'main.js');

async function killJobs(stateDir: string): Promise<void> {
  await promisify(execFile)(process.execPath, [emulatorMain, '--state', join(stateDir, 'sagemaker'), '--kill-all']);
}

async function choosePorts(wanted: Ports): Promise<Ports> {
  const ports = { ...wanted };
  for (const key of Object.keys(ports) as (keyof Ports)[]) ports[key] = await freePort(wanted[key]);
  return ports;
}

/** The server listens a little before its namespace is there; a worker that comes in between would fail. */
async function namespaceAnswers(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 1000 });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await rememberRuns(connection);
    return true;
  } catch {
    return false; // not there yet
  } finally {
    await connection?.close();
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

async function healthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // not listening yet
  }
}

const recordPath = (stateDir: string): string => join(stateDir, 'stack.json');

function readRecord(stateDir: string): StackRecord | undefined {
  const path = recordPath(stateDir);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as StackRecord) : undefined;
}

function writeRecord(stateDir: string, record: StackRecord): void {
  const path = recordPath(stateDir);
  writeFileSync(`${path}.tmp`, JSON.stringify(record, null, 2), { mode: 0o600 }); // it holds the local secret key
  renameSync(`${path}.tmp`, path);
}

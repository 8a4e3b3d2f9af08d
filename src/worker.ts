/**
 * The worker: workflows, control-plane activities and the moving of bytes, each on its task queue, in one process.
 * @module
 */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createAwsActivities, createIoActivities, type Deps } from './activities/index.js';
import { createClients } from './aws/clients.js';
import { settingsFrom } from './aws/settings.js';
import { version } from './client/version.js';
import { createBridge } from './events/bridge.js';
import { serveEvents } from './events/http.js';
import { readQueue } from './events/sqs.js';
import { registerSearchAttributes } from './worker/searchAttributes.js';
import { TASK_QUEUE } from './run/ids.js';

export interface WorkerSettings {
  /** Serves the event bridge on this port of 127.0.0.1; 0: any that is free. */
  eventsPort?: number;
  /** URL of the SQS queue that SageMaker's state changes come through. */
  eventsQueue?: string;
  /**
   * Most activities a second that call SageMaker's control plane, over all workers of the namespace: the server enforces it.
   * Default 20, below what an account is known to take; a thousand runs at once want more, where the account allows it.
   */
  awsCallsPerSecond?: number;
  /** Shown on the Workers page of the UI. Default: host and version. */
  identity?: string;
  /**
   * Worker versioning: a run stays with the version that began it. Absent: any worker takes any run. A new version gets
   * runs once it is made current: `temporal worker deployment set-current-version`.
   */
  deployment?: WorkerDeploymentVersion;
  /** Ends the worker as SIGTERM does. */
  signal?: AbortSignal;
  /** Lines for people: what runs, what was set up. Default: standard error. */
  log?: (line: string) => void;
}

/** Longer than one control-plane attempt; what runs on after it is retried elsewhere. */
const GRACE = { shutdownGraceTime: '30s', shutdownForceTime: '60s' } as const;

const AWS_CALLS_PER_SECOND = 20;

/**
 * Runs until SIGINT, SIGTERM or the given signal. Settings are AWS's, Temporal's and attune's own variables.
 *
 * @throws Error in words for people when a setting is missing or Temporal cannot be reached
 */
export async function runWorker(worker: WorkerSettings = {}): Promise<void> {
  const { eventsPort, eventsQueue, signal, log = toStderr } = worker;
  const settings = settingsFrom(process.env);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const address = connectionOptions.address ?? 'localhost:7233';
  const connection = await reaching(address, () => NativeConnection.connect(connectionOptions));
  const control = await reaching(address, () => Connection.connect(connectionOptions));
  const clients = createClients(settings.region);
  try {
    await registerSearchAttributes(control, namespace, log);
    const deps: Deps = { ...clients, settings, pythonDir: packaged('../python') };
    const workers = await Promise.all(
      optionsFor(deps, worker).map((options) => Worker.create({ connection, namespace, ...GRACE, ...options })),
    );
    const client = new Client({ connection: control, namespace });
    const events = eventsPort === undefined ? undefined : await serveEvents(createBridge(client, 'http'), eventsPort);
    if (events) log(`events: ${events.url}`);
    const queue =
      eventsQueue === undefined
        ? undefined
        : readQueue(eventsQueue, { bridge: createBridge(client, 'eventbridge'), region: settings.region, log });
    if (queue) log(`events: reads ${eventsQueue}`);
    log(`worker: polls ${Object.values(TASK_QUEUE).join(', ')} of ${address}, namespace ${namespace}`);

    const stop = (): void => workers.forEach((worker) => worker.getState() === 'RUNNING' && worker.shutdown());
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const running = workers.map((worker) => worker.run());
      if (signal?.aborted) stop();
      // One worker that ends by itself, by a signal or a fault, takes the others with it.
      await Promise.race(running)
        .finally(stop)
        .catch(() => undefined); // told below, once all have ended
      const fault = (await Promise.allSettled(running)).find((ended) => ended.status === 'rejected');
      if (fault) throw fault.reason;
    } finally {
      signal?.removeEventListener('abort', stop);
      await Promise.all([events?.close(), queue?.close()]);
    }
  } finally {
    clients.close();
    await control.close();
    await connection.close();
  }
}

function optionsFor(
  deps: Deps,
  { identity = `${hostname()}#${version()}`, awsCallsPerSecond = AWS_CALLS_PER_SECOND, deployment }: WorkerSettings,
): WorkerOptions[] {
  const versioned: Partial<WorkerOptions> = deployment
    ? {
        // Pinned: the code that began a run ends it.
        workerDeploymentOptions: {
          version: deployment,
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'PINNED',
        },
      }
    : {};
  const named = (taskQueue: string) => ({ taskQueue, identity: `${taskQueue}@${identity}`, ...versioned });
  return [
    { ...named(TASK_QUEUE.workflows), workflowBundle: { codePath: bundlePath() } },
    {
      ...named(TASK_QUEUE.aws),
      activities: createAwsActivities(deps),
      maxTaskQueueActivitiesPerSecond: awsCallsPerSecond,
    },
    // Archives of gigabytes: a few at once fill the network and no more memory than they need.
    {
      ...named(TASK_QUEUE.io),
      activities: createIoActivities(deps),
      maxConcurrentActivityTaskExecutions: 8,
      // A cancel comes with the answer to a heartbeat.
      maxHeartbeatThrottleInterval: '5s',
    },
  ];
}

function bundlePath(): string {
  const path = packaged('../dist/workflow-bundle.js');
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\``);
  return path;
}

async function reaching<T>(address: string, connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (error) {
    throw new Error(
      `Temporal does not answer at ${address}. Start it with \`attune dev\`, or set TEMPORAL_ADDRESS to where it runs`,
      { cause: error },
    );
  }
}

/** Beside the sources as beside the build: both lie one folder below the project. */
const packaged = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

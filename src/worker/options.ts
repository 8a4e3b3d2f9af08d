/**
 * One worker for each task queue: what each of them runs, and how much of it at once.
 * @module
 */
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createAwsActivities, createIoActivities } from '../activities/index.js';
import type { AwsClients } from '../aws/clients.js';
import type { Settings } from '../aws/settings.js';
import { withoutCodec } from '../client/dataConverter.js';
import { settingsFrom } from '../client/settings.js';
import type { Tracing } from '../client/tracing.js';
import { runPage } from '../client/ui.js';
import { version } from '../client/version.js';
import { accountAndRegion, queuesOf, TASK_QUEUE, type QueueKind } from '../run/ids.js';
import type { WorkerSettings } from './settings.js';

const AWS_CALLS_PER_SECOND = 20;

/** Longer than one control-plane attempt; what runs on after it is retried elsewhere. */
const GRACE = { shutdownGraceTime: '30s', shutdownForceTime: '60s' } as const;

const KINDS = Object.keys(TASK_QUEUE) as QueueKind[];

/** @throws Error where the workflow bundle is missing, which only a clone without a build can be */
export function workerOptions(
  clients: AwsClients,
  settings: Settings,
  given: WorkerSettings & { address?: string },
  tracing?: Tracing,
): WorkerOptions[] {
  const { identity = `${hostname()}#${version()}`, awsCallsPerSecond = AWS_CALLS_PER_SECOND, dataConverter } = given;
  const deps = { ...clients, settings, page: pagesOf(given), pythonDir: packaged('python'), variables: process.env };
  const names = queuesOf(taskQueueOf(given));
  const of: Record<QueueKind, () => Omit<WorkerOptions, 'taskQueue'>> = {
    workflows: () => readingWorkflows(dataConverter, tracing !== undefined),
    aws: () => ({ activities: createAwsActivities(deps), maxTaskQueueActivitiesPerSecond: awsCallsPerSecond }),
    // Archives of gigabytes: a few at once fill the network and no more memory than they need.
    io: () => ({
      activities: createIoActivities(deps),
      maxConcurrentActivityTaskExecutions: 8,
      // A cancel comes with the answer to a heartbeat.
      maxHeartbeatThrottleInterval: '1s',
    }),
  };
  return (given.queues ?? KINDS).map((kind) => ({
    taskQueue: names[kind],
    identity: `${names[kind]}@${identity} ${accountAndRegion(settings)}`,
    dataConverter,
    ...tracing?.worker,
    ...GRACE,
    ...versionOf(given),
    ...of[kind](),
  }));
}

/** Of runs in the UI, for whoever is told of them. */
const pagesOf =
  ({ address = '' }: { address?: string }) =>
  (namespace: string, workflowId: string, runId: string): string =>
    runPage({ address, namespace, uiAddress: settingsFrom(process.env).uiAddress }, workflowId, runId);

/** The name of the three queues: what was said, or ATTUNE_TASK_QUEUE, or "attune". */
export const taskQueueOf = ({ taskQueue }: Pick<WorkerSettings, 'taskQueue'>): string =>
  taskQueue ?? (process.env['ATTUNE_TASK_QUEUE'] || TASK_QUEUE.workflows);

function versionOf({ deployment, versioningBehavior = 'PINNED' }: WorkerSettings): Partial<WorkerOptions> {
  if (!deployment) return {};
  return {
    workerDeploymentOptions: {
      version: deployment,
      useWorkerVersioning: true,
      defaultVersioningBehavior: versioningBehavior,
    },
  };
}

/**
 * The bundle that is built; a worker whose failures are encoded says so to it (workflows/failureConverter.ts). Where no codec is
 * configured, what others have encoded reaches the workflows as it is: they know which of it must not hold them up
 * (workflows/payloadConverter.ts).
 */
export function readingWorkflows(
  dataConverter: DataConverter | undefined,
  traced = false,
): Pick<WorkerOptions, 'workflowBundle' | 'dataConverter'> {
  const codePath = packaged(`dist/workflow-bundle${traced ? '.traced' : ''}.js`);
  if (!existsSync(codePath)) throw new Error(`${codePath} is missing: run \`npm run build\``);
  if (dataConverter === withoutCodec) return { workflowBundle: { codePath }, dataConverter: undefined };
  if (!dataConverter?.failureConverterPath) return { workflowBundle: { codePath }, dataConverter };
  const code = `globalThis.attuneEncodesFailures = true; ${readFileSync(codePath, 'utf8')}`;
  return { workflowBundle: { code }, dataConverter };
}

/** Beside the sources as beside the build: both lie two folders below the package. */
const packaged = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

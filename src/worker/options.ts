/**
 * One worker for each task queue: what each of them runs, and how much of it at once.
 * @module
 */
import type { WorkerOptions } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createAwsActivities, createIoActivities } from '../activities/index.js';
import type { AwsClients } from '../aws/clients.js';
import type { Settings } from '../aws/settings.js';
import { version } from '../client/version.js';
import { TASK_QUEUE } from '../run/ids.js';
import type { WorkerSettings } from './settings.js';

const AWS_CALLS_PER_SECOND = 20;

/** Longer than one control-plane attempt; what runs on after it is retried elsewhere. */
const GRACE = { shutdownGraceTime: '30s', shutdownForceTime: '60s' } as const;

/** @throws Error where the workflow bundle is missing, which only a clone without a build can be */
export function workerOptions(
  clients: AwsClients,
  settings: Settings,
  { identity = `${hostname()}#${version()}`, awsCallsPerSecond = AWS_CALLS_PER_SECOND, deployment }: WorkerSettings,
): WorkerOptions[] {
  const deps = { ...clients, settings, pythonDir: packaged('python') };
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
  const named = (taskQueue: string) => ({ taskQueue, identity: `${taskQueue}@${identity}`, ...GRACE, ...versioned });
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
  const path = packaged('dist/workflow-bundle.js');
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\``);
  return path;
}

/** Beside the sources as beside the build: both lie two folders below the package. */
const packaged = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

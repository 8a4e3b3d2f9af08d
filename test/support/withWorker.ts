/**
 * A worker on the shared server, for one test: real workflows, real activities, real retries; only AWS is faked.
 * @module
 */
import type { Client, WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import type { DataConverter, Workflow } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type InjectedSinks,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Sinks } from '@temporalio/workflow';
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import { readingWorkflows } from '../../src/worker/options.js';
import { FakeQuotas } from './fakeQuotas.js';

export interface Bench {
  client: Client;
  taskQueue: string;
  /** Starts a workflow on this test's own queue, under an id of its own unless one is given. */
  start<T extends Workflow>(
    workflow: T | string,
    args: Parameters<T>,
    options?: { workflowId?: string },
  ): Promise<WorkflowHandleWithFirstExecutionRunId<T>>;
  /** Ends the workers, and starts new ones once the body has ended. */
  withoutWorkers(body: () => Promise<void>): Promise<void>;
}

export interface BenchOptions {
  dataConverter?: DataConverter;
  /** host:port of a server of the test's own. Default: the shared one. */
  address?: string;
  /** Whether the workflows are those of a worker that traces. Nobody collects. */
  traced?: boolean;
  /** For all control-plane activities together. */
  awsSlots?: number;
  /** Of another account or region. */
  settings?: Partial<Deps['settings']>;
}

/**
 * @param deps   what the test fakes; a call to a client that is not among them fails the activity, and says which
 * @example
 * await withWorker({ sageMaker }, async ({ start }) => {
 *   const run = await start(fineTune, [spec]);
 *   await expect(run.result()).resolves.toMatchObject({ status: 'done' });
 * });
 */
export async function withWorker<T>(
  deps: Partial<Deps>,
  body: (bench: Bench) => Promise<T>,
  { dataConverter, address, awsSlots, traced, settings }: BenchOptions = {},
): Promise<T> {
  quiet();
  const environment = await TestWorkflowEnvironment.createFromExistingServer({
    address: address ?? inject('temporalAddress'),
    client: { dataConverter },
  });
  const taskQueue = `test-${randomUUID()}`;
  const given = { ...refuseAnyCall(), ...deps };
  given.settings = { ...given.settings, ...settings };
  const common = { connection: environment.nativeConnection, dataConverter, ...IN_THIS_THREAD };
  // The three queues of src/run/ids.ts, under this test's own name.
  const options: WorkerOptions[] = [
    { ...common, taskQueue, ...readingWorkflows(dataConverter, traced), sinks: traced ? SPANS : undefined },
    {
      ...common,
      taskQueue: `${taskQueue}-aws`,
      activities: createAwsActivities(given),
      maxConcurrentActivityTaskExecutions: awsSlots,
    },
    {
      ...common,
      taskQueue: `${taskQueue}-io`,
      activities: createIoActivities(given),
      // As src/worker/options.ts has it: how soon a cancel is heard is a part of what is tested.
      maxHeartbeatThrottleInterval: '1s',
    },
  ];
  let workers = await startWorkers(options);
  const { client } = environment;
  const withoutWorkers = async (during: () => Promise<void>): Promise<void> => {
    await workers.end();
    await during();
    workers = await startWorkers(options);
  };
  try {
    return await body({ ...benchOf(client, taskQueue), withoutWorkers });
  } finally {
    await workers.end();
    await environment.teardown();
  }
}

/**
 * A thread of its own, as workers have it, loads the SDK anew: 0.4 s of processor time for each worker, hundreds of times. What runs
 * in it is the same, and is held to the same time. Workers with threads run in the suites that start processes.
 */
const IN_THIS_THREAD = { debugMode: true, isolateExecutionTimeout: '5s' } as const;

/** @throws from `end`, where one of them has ended by itself */
async function startWorkers(options: WorkerOptions[]): Promise<{ end: () => Promise<void> }> {
  const workers = await Promise.all(options.map((one) => Worker.create(one)));
  const ended = Promise.all(workers.map((worker) => worker.run()));
  ended.catch(() => undefined); // told by end()
  return {
    end: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

function benchOf(client: Client, taskQueue: string): Omit<Bench, 'withoutWorkers'> {
  return {
    client,
    taskQueue,
    start: <T extends Workflow>(workflow: T | string, args: Parameters<T>, options?: { workflowId?: string }) => {
      const workflowId = options?.workflowId ?? `test-${randomUUID()}`;
      return client.workflow.start<T>(workflow, { args, taskQueue, workflowId } as unknown as WorkflowStartOptions<T>);
    },
  };
}

const SPANS: InjectedSinks<Sinks> = { exporter: { export: { fn: () => undefined } } };

function refuseAnyCall(): Deps {
  const refuse = (client: string) => ({
    send: (command: object) =>
      Promise.reject(new Error(`this test expects no ${command.constructor.name} on ${client}; pass a fake for it`)),
  });
  return {
    sageMaker: refuse('sageMaker'),
    runtime: refuse('runtime'),
    s3: refuse('s3'),
    s3Vectors: refuse('s3Vectors'),
    logs: refuse('logs'),
    autoScaling: refuse('autoScaling'),
    quotas: new FakeQuotas(),
    bedrock: refuse('bedrock'),
    bedrockJobs: refuse('bedrockJobs'),
    secrets: refuse('secrets'),
    parameters: refuse('parameters'),
    sns: refuse('sns'),
    ses: refuse('ses'),
    settings: {
      bucket: 'test-bucket',
      roleArn: 'arn:aws:iam::000000000000:role/test',
      prefix: 'attune',
      region: 'us-east-1',
    },
    pythonDir: 'python',
    propagationMs: 1_000,
  };
}

let installed = false;
/** The worker's own start and stop lines would bury the tests' output; once per process, as the SDK allows. */
function quiet(): void {
  if (installed) return;
  const logging = { filter: makeTelemetryFilterString({ core: 'ERROR' }) };
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } });
  installed = true;
}

/**
 * A worker on the shared server, for one test: real workflows, real activities, real retries; only AWS is faked.
 * @module
 */
import type { Client, WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import type { DataConverter, Workflow } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import { bundleFor } from '../../src/worker/options.js';

export interface Bench {
  client: Client;
  taskQueue: string;
  /** Starts a workflow on this test's own queue, under an id of its own unless one is given. */
  start<T extends Workflow>(
    workflow: T | string,
    args: Parameters<T>,
    options?: { workflowId?: string },
  ): Promise<WorkflowHandleWithFirstExecutionRunId<T>>;
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
  { dataConverter }: { dataConverter?: DataConverter } = {},
): Promise<T> {
  quiet();
  const environment = await TestWorkflowEnvironment.createFromExistingServer({
    address: inject('temporalAddress'),
    client: { dataConverter },
  });
  const taskQueue = `test-${randomUUID()}`;
  const given = { ...refuseAnyCall(), ...deps };
  const common = { connection: environment.nativeConnection, dataConverter };
  try {
    const workflows = { workflowBundle: bundleFor(dataConverter) };
    // The three queues of src/workflows/ids.ts, under this test's own name.
    const workers = await Promise.all([
      Worker.create({ ...common, taskQueue, ...workflows }),
      Worker.create({ ...common, taskQueue: `${taskQueue}-aws`, activities: createAwsActivities(given) }),
      Worker.create({ ...common, taskQueue: `${taskQueue}-io`, activities: createIoActivities(given) }),
    ]);
    const [first, ...others] = workers;
    return await others.reduce(
      (inner, worker) => () => worker.runUntil(inner()),
      () => first.runUntil(body(benchOf(environment.client, taskQueue))),
    )();
  } finally {
    await environment.teardown();
  }
}

function benchOf(client: Client, taskQueue: string): Bench {
  return {
    client,
    taskQueue,
    start: <T extends Workflow>(workflow: T | string, args: Parameters<T>, options?: { workflowId?: string }) => {
      const workflowId = options?.workflowId ?? `test-${randomUUID()}`;
      return client.workflow.start<T>(workflow, { args, taskQueue, workflowId } as unknown as WorkflowStartOptions<T>);
    },
  };
}

function refuseAnyCall(): Deps {
  const refuse = (client: string) => ({
    send: (command: object) =>
      Promise.reject(new Error(`this test expects no ${command.constructor.name} on ${client}; pass a fake for it`)),
  });
  return {
    sageMaker: refuse('sageMaker'),
    runtime: refuse('runtime'),
    s3: refuse('s3'),
    logs: refuse('logs'),
    autoScaling: refuse('autoScaling'),
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
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  installed = true;
}

/**
 * One AWS account and region a task queue: a worker of another one would look for jobs where they are not, and take what it
 * does not find for gone. Each worker's identity says whose it is, and a worker does not join a queue of others.
 * @module
 */
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { Settings } from '../aws/settings.js';
import { AttuneError } from '../spec/attuneError.js';

/** "111122223333/eu-west-1": the end of a worker's identity. The role is of the account that its jobs run in. */
export const ownerOf = ({ roleArn, region }: Pick<Settings, 'roleArn' | 'region'>): string =>
  `${/^arn:[^:]*:iam::(\d{12}):/.exec(roleArn)?.[1] ?? '?'}/${region}`;

const OWNER = /\s(\d{12}\/[a-z0-9-]+)$/;

/** @throws AttuneError (NotConfigured) where a worker of another account or region polls one of the queues */
export async function assertOwnQueues(
  { workflowService }: Pick<NativeConnection, 'workflowService'>,
  namespace: string,
  owner: string,
  workers: readonly WorkerOptions[],
): Promise<void> {
  for (const { taskQueue, workflowBundle } of workers) {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: workflowBundle ? 1 : 2, // workflows, activities
    });
    for (const { identity } of pollers ?? []) {
      const other = OWNER.exec(identity ?? '')?.[1];
      if (other === undefined || other === owner) continue;
      throw new AttuneError(
        'NotConfigured',
        `task queue ${taskQueue} is polled by a worker of AWS account and region ${other} (${identity}); this one is of ${owner}`,
        'give each account and region its own --task-queue, and ATTUNE_TASK_QUEUE to those who submit to it; a worker that ' +
          'has just ended is forgotten after five minutes',
      );
    }
  }
}

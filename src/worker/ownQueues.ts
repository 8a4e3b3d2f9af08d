/**
 * One AWS account and region a task queue: a worker of another one would look for jobs where they are not, and take what it
 * does not find for gone. Each worker's identity says whose it is, and a worker does not join a queue of others.
 * @module
 */
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { AttuneError } from '../spec/attuneError.js';

const OWNER = /\s(\d{12}\/[a-z0-9-]+)$/;

export interface Polling {
  connection: Pick<NativeConnection, 'workflowService'>;
  namespace: string;
  owner: string;
  workers: readonly WorkerOptions[];
}

/**
 * @returns whether the server has seen each of these workers poll
 * @throws AttuneError (NotConfigured) where a worker of another account or region polls one of the queues
 */
export async function assertOwnQueues({ connection, namespace, owner, workers }: Polling): Promise<boolean> {
  let seen = 0;
  for (const { taskQueue, workflowBundle, identity: own } of workers) {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: workflowBundle ? 1 : 2, // workflows, activities
    });
    if (pollers?.some(({ identity }) => identity === own)) seen += 1;
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
  return seen === workers.length;
}

/** Doubled up to a minute while the server has not seen the polls. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Two that start at once look before either polls, and see nobody. So each looks again once it polls itself: the one that looks
 * last sees the other. Both may, and both give way then: which of them is wrong only a person knows.
 *
 * @param signal  ends the looking
 * @throws AttuneError (NotConfigured) as `assertOwnQueues` does
 */
export async function assertStillOwn(polling: Polling, signal: AbortSignal): Promise<void> {
  let seen = false;
  for (let pauseMs = LOOK_AGAIN_MS; !seen; pauseMs = Math.min(2 * pauseMs, 60_000)) {
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    seen = await assertOwnQueues(polling).catch((error: unknown) => {
      if (error instanceof AttuneError) throw error;
      return false; // the server is away for a moment: it has to be asked again
    });
  }
}

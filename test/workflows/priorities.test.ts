/**
 * One slot for the control plane and more to do than it can: what stops something goes first, then what starts something, then looks.
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter, fromPayloadsAtIndex } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { SageMakerJob } from '../../src/workflows/sageMakerJob.js';
import { jobWorkflowId } from '../../src/run/ids.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

test('of a backlog a stop goes before a start, and a start before looks that came earlier', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(
    sageMaker,
    async ({ startRun, start, client }) => {
      const run = await startRun({ deploy: false });
      await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
      const first = client.workflow.getHandle(jobWorkflowId(sageMaker.jobOf('train')!.name));
      const startJob = async (name: string) => start('sageMakerJob', [renamed(await inputOf(first), name)] as never);
      const looking = await Promise.all(['look-1', 'look-2', 'look-3', 'look-4'].map(startJob));
      await until(
        () => sageMaker.jobs().filter(({ name, describes }) => name.startsWith('look') && describes > 0).length === 4,
      );

      const { reached, release } = sageMaker.hold('DescribeTrainingJob');
      await reached;
      await until(async () => (await Promise.all(looking.map(pending))).filter(isDue('awaitJob')).length >= 3);
      const starting = await startJob('start-1');
      await until(async () => isDue('startJob')(await pending(starting)));
      await looking[0]!.cancel();
      await until(async () => isDue('stopJob')(await pending(looking[0]!)));
      // In history they are due; a queue that is behind would hand out what it has got.
      await until(async () => (await backlogs(client, `${(await first.describe()).taskQueue}-aws`)) === 3);
      const before = sageMaker.calls.length;
      release();
      const since = () => sageMaker.calls.slice(before).map(({ operation }) => operation);
      await until(() => since().includes('DescribeTrainingJob') && since().length >= 3);

      expect(since().slice(0, 2)).toEqual(['StopTrainingJob', 'CreateTrainingJob']);
      await expect(looking[0]!.result()).rejects.toThrow('cancelled');
      await Promise.all([run, starting, ...looking.slice(1)].map((workflow) => workflow.terminate()));
    },
    { awsSlots: 1 },
  );
});

/** Priorities of which a task waits in the queue of activities. */
async function backlogs(client: Client, name: string): Promise<number> {
  const { statsByPriorityKey = {} } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name },
    taskQueueType: ACTIVITIES,
    reportStats: true,
  });
  return Object.values(statsByPriorityKey ?? {}).filter((stats) => Number(stats.approximateBacklogCount) > 0).length;
}

async function inputOf(workflow: WorkflowHandle): Promise<SageMakerJob> {
  const { events } = await workflow.fetchHistory();
  const { input } = events![0]!.workflowExecutionStartedEventAttributes!;
  return fromPayloadsAtIndex(defaultPayloadConverter, 0, input!.payloads);
}

const renamed = ({ plan, ...rest }: SageMakerJob, name: string): SageMakerJob => ({
  ...rest,
  plan: { ...plan, name, request: { ...plan.request, TrainingJobName: name } },
});

/** TASK_QUEUE_TYPE_ACTIVITY of Temporal's API. */
const ACTIVITIES = 2;

/** PENDING_ACTIVITY_STATE_SCHEDULED of Temporal's API. */
const SCHEDULED = 1;

interface Pending {
  type: string;
  /** Whether it waits for a slot, and not for its next attempt's time. */
  waits: boolean;
}

async function pending(workflow: WorkflowHandle): Promise<Pending | undefined> {
  const { raw } = await workflow.describe();
  const one = raw.pendingActivities?.[0];
  if (!one) return undefined;
  const due = Number(one.scheduledTime?.seconds ?? 0) * 1000 + (one.scheduledTime?.nanos ?? 0) / 1e6;
  return { type: one.activityType?.name ?? '', waits: Number(one.state) === SCHEDULED && due <= Date.now() };
}

const isDue =
  (type: string) =>
  (now: Pending | undefined): boolean =>
    now?.type === type && now.waits;

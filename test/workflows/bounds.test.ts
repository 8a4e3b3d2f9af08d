/**
 * The most that a spec can ask for, and the longest that something can take, in real histories: each stays below the bounds that
 * docs/scale.md states. The server ends a workflow at 51,200 events or 50 MB.
 */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import type { AwaitJob } from '../../src/activities/types.js';
import { approvalReminder, approve } from '../../src/run/messages.js';
import { MOST_NOTIFIED } from '../../src/spec/limits.js';
import { pauseAfter } from '../../src/workflows/waits/pauses.js';
import { queueOf } from '../support/endpointWorkflows.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

const DAY_MS = 86_400_000;

interface Size {
  events: number;
  /** As the server counts them, about: in protobuf. */
  bytes: number;
}

async function sizeOf(client: Client, workflowId: string): Promise<Size> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const { History } = temporal.api.history.v1;
  return { events: history.events!.length, bytes: History.encode(history).finish().byteLength };
}

function expectWithin({ events, bytes }: Size, most: Size): void {
  expect(events).toBeLessThan(most.events);
  expect(bytes).toBeLessThan(most.bytes);
}

test.each([
  ['10,000 trials, 100 at once', { trials: 10_000, parallel: 100, strategy: 'random' as const }, 4],
  ['100 trials, one after another: each of its moves is told', { trials: 100, parallel: 1 }, 20],
])(
  'a search of %s',
  async (_, tune, jobMs) => {
    const metrics = Array.from({ length: tune.trials }, (_unused, i) => (i % 3 === 0 ? undefined : 0.5 + i / 1e5));
    const sageMaker = new FakeSageMaker().withTrialMetrics(...metrics).withTrialPages(100);
    sageMaker.jobMs = jobMs;
    await withLoop(sageMaker, async ({ startRun, client }) => {
      const timings = { pollSeconds: 0.005, freshPollSeconds: 0.005 };
      const run = await startRun({ deploy: false, tune, timings });

      const { jobs } = await run.result();

      const job = jobs.find(({ stage }) => stage === 'tune')!;
      expect(job.trials).toMatchObject({ planned: tune.trials, completed: tune.trials });
      const [ofRun, ofJob] = [await sizeOf(client, run.workflowId), await sizeOf(client, `job/${job.name}`)];
      expectWithin(ofRun, { events: 2_000, bytes: 2_000_000 });
      expectWithin(ofJob, { events: 5_000, bytes: 5_000_000 });
    });
  },
  240_000,
);

test('a wait knows how often it has come back with a move, and a look that finds nothing new leaves no event', async () => {
  const sizes: number[] = [];
  for (const looks of [5, 50]) {
    const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
    await withLoop(sageMaker, async ({ startRun, client }) => {
      const run = await startRun({ deploy: false, timings: { pollSeconds: 0.005, freshPollSeconds: 0.005 } });
      await until(() => (sageMaker.jobOf('train')?.describes ?? 0) > looks);
      const { name } = sageMaker.jobOf('train')!;
      await sageMaker.end(name);
      await run.result();
      const { events } = await client.workflow.getHandle(`job/${name}`).fetchHistory();
      const waits = events!.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'awaitJob'
          ? [defaultPayloadConverter.fromPayload<AwaitJob>(scheduled.input!.payloads![0]!)]
          : [],
      );
      expect(waits.map(({ moves }) => moves)).toEqual([0, 1]);
      sizes.push(events!.length);
    });
  }

  expect(sizes[1]).toBe(sizes[0]);
}, 120_000);

test('an approval that takes for ever, with as many to remind as there may be', async () => {
  const notify = Array.from({ length: MOST_NOTIFIED }, (_, i) => ({ workflowId: `nobody-listens-${i}` }));
  await withLoop(new FakeSageMaker(), async ({ startRun, client }) => {
    const run = await startRun({
      notify,
      deploy: { approval: 'required' },
      timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, approvalReminderSeconds: 0.01 },
    });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    const reminders = async (): Promise<number> =>
      (await run.fetchHistory()).events!.filter(
        ({ signalExternalWorkflowExecutionInitiatedEventAttributes: signal }) =>
          signal?.signalName === approvalReminder.name,
      ).length;
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_000)); // between two looks at a long history
      // Each reminder leaves two events: a history is counted by what it holds only when it can hold so many.
      const { historyLength } = await run.describe();
      return historyLength >= 2 * 100 * MOST_NOTIFIED && (await reminders()) >= 100 * MOST_NOTIFIED;
    });
    await run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });
    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(await reminders()).toBe(100 * MOST_NOTIFIED);
    expectWithin(await sizeOf(client, run.workflowId), { events: 10_000, bytes: 5_000_000 });
  });
}, 240_000);

test('whoever waits for something that another holds looks the more seldom the longer it takes', () => {
  let looks = 0;
  for (let waitedMs = 0; waitedMs < 60 * DAY_MS; waitedMs += pauseAfter(waitedMs, 30_000)) looks += 1;

  expect(looks).toBeLessThan(400);
  expect(pauseAfter(0, 30_000)).toBe(30_000);
  expect(pauseAfter(DAY_MS, 30_000)).toBeCloseTo(0.1 * DAY_MS);
});

test('a run that waits for its turn looks the more seldom for its queue', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const endpoint = 'held-long';
    const spec = { deploy: { endpoint, takeOver: true }, timings: { pollSeconds: 0.005, freshPollSeconds: 0.005 } };
    await sageMaker.serving(endpoint);
    const { reached, release } = sageMaker.hold('UpdateEndpoint');
    const first = await startRun(spec);
    await reached;
    const second = await startRun(spec);
    const pausesMs = async (workflowId: string): Promise<number[]> => {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      return events!.flatMap(({ timerStartedEventAttributes: timer }) =>
        timer ? [Number(timer.startToFireTimeout!.seconds) * 1_000 + timer.startToFireTimeout!.nanos! / 1e6] : [],
      );
    };

    const grown = async (workflowId: string): Promise<boolean> => (await pausesMs(workflowId)).at(-1)! > 4 * 50;
    await until(async () => (await grown(second.workflowId)) && (await grown(queueOf(endpoint))));
    release();

    await Promise.all([first.result(), second.result()]);
  });
}, 120_000);

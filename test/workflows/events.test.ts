import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { createBridge } from '../../src/events/bridge.js';
import { jobWorkflowId } from '../../src/run/ids.js';
import { fineTuneMilestone, jobStateChanged, type FineTuneMilestone } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { heardBy, listening } from '../support/listener.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

/** So slow that only an event can be the reason when a job's end is seen. */
const slowPoll = { pollSeconds: 600, freshPollSeconds: 600 };
const isTraining = ({ stage, arn }: { stage: string; arn: string }) => stage === 'train' && arn !== '';

const trainingEvent = (name: string, status: string) => ({
  'detail-type': 'SageMaker Training Job State Change',
  source: 'aws.sagemaker',
  detail: { TrainingJobName: name, TrainingJobStatus: status, LastModifiedTime: String(Date.now()) },
});

test('an event wakes the wait for a job at once, long before the next poll', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.jobMs = 0;
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const bridge = createBridge(client, 'http');
    const run = await startRun({ deploy: false, timings: slowPoll });
    await untilProgress(run, ({ jobs }) => jobs.some(isTraining));
    const { name } = sageMaker.jobOf('train')!;

    await sageMaker.end(name);
    await bridge.deliver(trainingEvent(name, 'Completed'));

    const { status, timeline } = await run.result();
    expect(status).toBe('done');
    expect(timeline.find(({ stage }) => stage === 'train')!.detectionMs).toBeLessThan(10_000);
    expect(bridge.counts).toEqual({ signalled: 1, nobodyWaits: 0, refused: 0, ignored: 0, malformed: 0, repeated: 0 });
  });
});

test('repeated, early, false and late events change nothing but the number of looks', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const bridge = createBridge(client, 'http');
    const run = await startRun({ deploy: false });
    await untilProgress(run, ({ jobs }) => jobs.some(isTraining));
    const { name } = sageMaker.jobOf('train')!;

    for (const status of ['Completed', 'Completed', 'Failed', 'Stopped', 'NoSuchStatus']) {
      await bridge.deliver(trainingEvent(name, status));
    }
    await sageMaker.end(name);

    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.jobs()).toHaveLength(3);
    await bridge.deliver(trainingEvent(name, 'Completed'));
    expect(bridge.counts).toMatchObject({ signalled: 5, nobodyWaits: 1 });
  });
});

test('a job whose changes are announced is polled by the long interval from its first minute on', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.jobMs = 0;
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ deploy: false, timings: { pollSeconds: 600, freshPollSeconds: 0.02 } });
    await untilProgress(run, ({ jobs }) => jobs.some(isTraining));
    const { name } = sageMaker.jobOf('train')!;
    const { describes } = sageMaker.jobOf('train')!;
    await until(() => sageMaker.jobOf('train')!.describes > describes + 5); // by the short interval

    await createBridge(client, 'http').deliver(trainingEvent(name, 'InProgress'));
    await until(async () => (await nextLookInMs(client, name)) > 60_000);

    await sageMaker.end(name);
    await createBridge(client, 'http').deliver(trainingEvent(name, 'Completed'));
    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

async function nextLookInMs(client: Client, job: string): Promise<number> {
  const { raw } = await client.workflow.getHandle(jobWorkflowId(job)).describe();
  const seconds = Number(raw.pendingActivities?.[0]?.scheduledTime?.seconds ?? 0);
  return seconds * 1000 - Date.now();
}

test('an event for a job that nobody waits for starts nothing', async () => {
  await withLoop(new FakeSageMaker(), async ({ client }) => {
    const bridge = createBridge(client, 'http');

    const event = await bridge.deliver(trainingEvent('attune-nobody-knows-me', 'Completed'));

    expect(event.kind).toBe('change');
    expect(bridge.counts).toMatchObject({ signalled: 0, nobodyWaits: 1 });
    await expect(client.workflow.getHandle('job/attune-nobody-knows-me').describe()).rejects.toThrow();
  });
});

test('an endpoint event wakes the deployment', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  sageMaker.jobMs = 0;
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ deploy: { endpoint: 'woken-endpoint' }, timings: slowPoll });
    await until(() => sageMaker.endpoints()[0]?.status === 'Creating');
    await until(() => sageMaker.calls.at(-1)?.operation === 'DescribeEndpoint');
    sageMaker.letEndpointsSettle();

    const bridge = createBridge(client, 'http');
    const detail = { EndpointName: 'woken-endpoint', EndpointStatus: 'IN_SERVICE', LastModifiedTime: Date.now() };
    await bridge.deliver({ 'detail-type': 'SageMaker Endpoint State Change', source: 'aws.sagemaker', detail });

    expect(await run.result()).toMatchObject({ status: 'done', endpoint: { status: 'InService' } });
  });
});

test('the workflows in notify hear of each milestone, the first when training finishes', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, startRun }) => {
    const listener = await listening(client);
    const run = await startRun({ notify: [{ workflowId: listener.workflowId }, { workflowId: 'nobody-here' }] });

    const result = await run.result();

    const told = await heardBy<FineTuneMilestone>(listener, fineTuneMilestone.name);
    expect(told.map(({ milestone }) => milestone)).toEqual(['trainingFinished', 'evaluated', 'gated', 'deployed']);
    expect(told[0]).toMatchObject({
      workflowId: run.workflowId,
      modelArtifact: expect.stringMatching(/model\.tar\.gz$/),
    });
    expect(result.status).toBe('done');
    expect(result.notices.join()).toContain('nobody-here');
    await listener.terminate();
  });
});

test('a failed run tells the workflows in notify', async () => {
  const sageMaker = new FakeSageMaker().withEndings('prepare', {
    status: 'Failed',
    failureReason: 'AlgorithmError: no',
  });
  await withLoop(sageMaker, async ({ client, startRun }) => {
    const listener = await listening(client);
    const run = await startRun({ notify: [{ workflowId: listener.workflowId }] });
    await expect(run.result()).rejects.toThrow();

    expect(await heardBy<FineTuneMilestone>(listener, fineTuneMilestone.name)).toMatchObject([
      { milestone: 'failed', status: 'failed' },
    ]);
    await listener.terminate();
  });
});

test('a person can make a waiting job look again', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.jobMs = 0;
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ deploy: false, timings: slowPoll });
    await untilProgress(run, ({ jobs }) => jobs.some(isTraining));
    const { name } = sageMaker.jobOf('train')!;
    await sageMaker.end(name);

    const at = new Date().toISOString();
    await client.workflow.getHandle(`job/${name}`).signal(jobStateChanged, { status: '', at, source: 'person' });

    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

/**
 * A history that events have filled goes on in a new one, and nobody notices. The server of this file finds a history full early.
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobStateChanged } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop } from '../support/loop.js';
import { startTemporal, type OwnTemporal } from '../support/ownTemporal.js';
import { reset } from '../support/resetting.js';

const FULL_AT = 200;
const SIGNALS = 2_000;
/** So many are sent at once. */
const AT_ONCE = 25;

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startTemporal({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': FULL_AT } });
});
afterAll(() => temporal.stop());

const onIt = (sageMaker: FakeSageMaker, body: (loop: Loop) => Promise<void>): Promise<void> =>
  withLoop(sageMaker, body, { address: temporal.address });

async function flooded(workflow: WorkflowHandle, signals = SIGNALS): Promise<void> {
  const change = { status: 'InProgress', at: new Date().toISOString(), source: 'person' };
  for (let sent = 0; sent < signals; sent += AT_ONCE) {
    const answers = await Promise.allSettled(
      Array.from({ length: AT_ONCE }, () => workflow.signal(jobStateChanged, change)),
    );
    const refused = answers.find((answer) => answer.status === 'rejected');
    if (refused) throw refused.reason;
  }
}

/** Of the workflow's first history and the one that goes on. */
async function continued(client: Client, workflowId: string): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.firstRunId !== raw.workflowExecutionInfo?.execution?.runId;
}

const slow = { pollSeconds: 1, freshPollSeconds: 0.05, endpointSeconds: 600 };

async function training({ sageMaker, startRun, client }: Loop) {
  const run = await startRun({ deploy: false, timings: slow });
  await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
  const { name } = sageMaker.newestOf('train', run.workflowId)!;
  return { run, name, job: client.workflow.getHandle(`job/${name}`) };
}

test('a job under a flood of events goes on in new histories, and its run gets the result', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await onIt(sageMaker, async (loop) => {
    const { run, name, job } = await training(loop);

    await flooded(job);
    await until(() => continued(loop.client, job.workflowId));
    const { describeCalls: before } = (await untilProgress(run, () => true)).jobs.find(
      ({ stage }) => stage === 'train',
    )!;
    await sageMaker.end(name);
    await job
      .signal(jobStateChanged, { status: 'Completed', at: new Date().toISOString(), source: 'person' })
      .catch((error: Error) => expect(error.name).toBe('WorkflowNotFoundError')); // the last of the flood's looks was enough

    const { status, jobs } = await run.result();
    expect(status).toBe('done');
    expect(sageMaker.jobs().filter(({ stage }) => stage === 'train')).toHaveLength(1);
    const { describeCalls } = jobs.find(({ stage }) => stage === 'train')!;
    expect(describeCalls).toBeGreaterThanOrEqual(before);
    expect(describeCalls).toBeLessThanOrEqual(2 * sageMaker.jobOf('train')!.describes);
  });
}, 120_000);

test('a cancel reaches a job that goes on in a new history', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await onIt(sageMaker, async (loop) => {
    const { run, job } = await training(loop);
    await flooded(job, SIGNALS / 5);
    await until(() => continued(loop.client, job.workflowId));

    await run.cancel();

    await expect(run.result()).rejects.toThrow();
    expect(sageMaker.jobOf('train')!.status).toBe('Stopped');
  });
}, 60_000);

test('a cancel reaches a job that goes on in a new history, also in the midst of a flood', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await onIt(sageMaker, async (loop) => {
    const { run, job } = await training(loop);
    await flooded(job, SIGNALS / 5);
    await until(() => continued(loop.client, job.workflowId));

    const flood = flooded(job, SIGNALS / 5).catch(() => undefined); // it may end before the flood does
    await run.cancel();
    await flood;

    await expect(run.result()).rejects.toThrow();
    expect(sageMaker.jobOf('train')!.status).toBe('Stopped');
  });
}, 120_000);

test('a run that is reset finds its job, which goes on in a new history', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await onIt(sageMaker, async (loop) => {
    const { run, name, job } = await training(loop);
    await flooded(job, SIGNALS / 5);
    await until(() => continued(loop.client, job.workflowId));

    const again = await reset(loop.client, run, 'LastWorkflowTask');
    await sageMaker.end(name);

    expect(await again.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.jobs().filter(({ stage }) => stage === 'train')).toHaveLength(1);
  });
}, 120_000);

test('a deployment under a flood of events goes on in new histories, and deploys once', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  await onIt(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ timings: slow });
    await until(() => sageMaker.endpoints().length > 0);
    const [endpoint] = sageMaker.pointed;
    const deployment = client.workflow.getHandle(`endpoint/${endpoint}`);

    await flooded(deployment);
    await until(() => continued(client, deployment.workflowId));
    sageMaker.letEndpointsSettle();

    expect(await run.result()).toMatchObject({ status: 'done', endpoint: { status: 'InService' } });
    expect(sageMaker.pointed).toHaveLength(1);
    expect(sageMaker.calls.filter(({ operation }) => /^(Delete|Update)/.test(operation))).toEqual([]);
  });
}, 120_000);

test('a deployment that is cancelled in a new history takes back what the one before had made', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  await onIt(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ timings: slow });
    await until(() => sageMaker.endpoints().length > 0);
    const deployment = client.workflow.getHandle(`endpoint/${sageMaker.pointed[0]}`);
    await flooded(deployment, SIGNALS / 5);
    await until(() => continued(client, deployment.workflowId));

    await run.cancel();
    await flooded(deployment, SIGNALS / 2); // while it waits to undo
    const { raw } = await deployment.describe();
    expect(Number(raw.workflowExecutionInfo?.historyLength)).toBeLessThan(10 * FULL_AT);
    sageMaker.letEndpointsSettle();

    await expect(run.result()).rejects.toThrow();
    expect(sageMaker.endpoints()).toEqual([]);
    expect([...sageMaker.configNames(), ...sageMaker.modelNames()]).toEqual([]);
  });
}, 120_000);

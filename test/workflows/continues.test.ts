/**
 * A history that events have filled goes on in a new one, and nobody notices. The server of this file finds a history full early.
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobStateChanged, leavePlace, progress, takePlace } from '../../src/run/messages.js';
import { deploymentOf, queueOf } from '../support/endpointWorkflows.js';
import { READ_TO_VERIFY } from '../support/fakeS3.js';
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
    const deployment = client.workflow.getHandle(deploymentOf(endpoint!));

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
    const deployment = client.workflow.getHandle(deploymentOf(sageMaker.pointed[0]!));
    await flooded(deployment, SIGNALS / 5);
    await until(() => continued(client, deployment.workflowId));

    const { runId } = await deployment.describe();
    await run.cancel();
    await flooded(deployment, SIGNALS / 5); // while it waits to undo
    await until(async () => (await deployment.describe()).runId !== runId);
    sageMaker.letEndpointsSettle();

    await expect(run.result()).rejects.toThrow();
    expect((await run.describe()).status.name).toBe('CANCELLED');
    expect(sageMaker.endpoints()).toEqual([]);
    expect([...sageMaker.configNames(), ...sageMaker.modelNames()]).toEqual([]);
  });
}, 120_000);

test('a deployment that takes back what it made, under a flood, goes on in new histories and says why it did', async () => {
  const sageMaker = new FakeSageMaker().withDrift(0.2);
  await onIt(sageMaker, async ({ startRun, client }) => {
    const endpoint = 'drifted';
    const old = await sageMaker.serving(endpoint);
    const { reached, release } = sageMaker.s3.hold(/probes\.json$/, READ_TO_VERIFY);
    const run = await startRun({ deploy: { endpoint }, timings: slow });
    await reached;
    sageMaker.withEndpointsThatNeverSettle();
    release();
    await until(() => sageMaker.updates.length > 1); // it is pointed back
    const deployment = client.workflow.getHandle(deploymentOf(endpoint));
    await flooded(deployment, SIGNALS / 5);
    await until(() => continued(client, deployment.workflowId));
    sageMaker.letEndpointsSettle();

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'VerificationFailed' } });
    expect(sageMaker.endpoints()).toEqual([{ name: endpoint, status: 'InService', configName: old }]);
    expect(sageMaker.configNames()).toEqual([old]);
  });
}, 120_000);

test('a job that stops under a flood goes on in new histories, and is seen stopped', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.stopMs = 600_000;
  await onIt(sageMaker, async (loop) => {
    const { run, name, job } = await training(loop);
    await run.cancel();
    await until(() => sageMaker.jobOf('train')!.status === 'Stopping');

    await flooded(job, SIGNALS / 5);
    await until(() => continued(loop.client, job.workflowId));
    await sageMaker.end(name, { status: 'Stopped' });

    await expect(run.result()).rejects.toThrow();
    expect((await run.describe()).status.name).toBe('CANCELLED');
    expect((await run.query(progress)).stopped.join()).toContain('Stopped');
  });
}, 120_000);

test('a queue under a flood of changes goes on in new histories, and forgets nobody', async () => {
  const sageMaker = new FakeSageMaker();
  await onIt(sageMaker, async ({ startRun, client }) => {
    const endpoint = 'flooded';
    await sageMaker.serving(endpoint);
    const { reached, release } = sageMaker.hold('UpdateEndpoint');
    const spec = { deploy: { endpoint, takeOver: true }, timings: slow };
    const first = await startRun(spec);
    await reached;
    const second = await startRun(spec);
    const queue = client.workflow.getHandle(queueOf(endpoint));
    const gone = (round: number) => ({ workflowId: 'gone', runId: '4b1e3c9e-0000-4000-8000-000000000000', round });

    for (let sent = 0; sent < SIGNALS; sent += AT_ONCE) {
      const rounds = Array.from({ length: AT_ONCE / 5 }, (_, i) => sent + i + 1);
      // Four come and go again for each that stays.
      await Promise.all(rounds.map((round) => queue.signal(takePlace, gone(round))));
      for (const signal of [leavePlace, takePlace, leavePlace, takePlace]) {
        await Promise.all(rounds.map((round) => queue.signal(signal, gone(round))));
      }
      expect((await queue.describe()).historyLength).toBeLessThan(5 * FULL_AT);
    }
    await until(() => continued(client, queue.workflowId));
    release();

    expect((await first.result()).status).toBe('done');
    expect((await second.result()).status).toBe('done');
    await until(async () => (await queue.describe()).status.name === 'COMPLETED');
  });
}, 240_000);

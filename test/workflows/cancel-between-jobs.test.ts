/**
 * Cancels at the stages that run no job, and cancels that meet a cancel.
 */
import { expect, test } from 'vitest';
import { progress } from '../../src/run/messages.js';
import { awsError } from '../support/awsError.js';
import { deploymentOf } from '../support/endpointWorkflows.js';
import { READ_TO_VERIFY } from '../support/fakeS3.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Run } from '../support/loop.js';

/** A stage without a job → the object whose reading or writing it is held at. */
const HELD = [
  ['preflight', /\/spec\.json$/],
  ['gate', /evaluation\/report\.json$/],
  ['package', /package\/\w+\/model\.tar\.gz$/],
] as const;

test.each(HELD)('a run cancelled at %s deploys nothing and says where its files are', async (stage, uri) => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const { reached, release } = sageMaker.s3.hold(uri);
    const run = await startRun();
    await reached;

    await run.cancel();
    release();

    await isCancelled(run);
    const after = await run.query(progress);
    expect(after).toMatchObject({ status: 'cancelled', stage });
    expect(after.notices.join()).toContain(`files of the run stay in s3://test-bucket/attune/${after.name}/`);
    expect(leftIn(sageMaker)).toEqual({ endpoints: [], configs: [], models: [] });
    expect(sageMaker.jobs().every(({ status }) => status === 'Completed')).toBe(true);
    expect(sageMaker.jobs()).toHaveLength(stage === 'preflight' ? 0 : 3);
  });
});

test('a run cancelled while it verifies its new endpoint removes it', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const { reached, release } = sageMaker.s3.hold(/evaluation\/probes\.json$/, READ_TO_VERIFY);
    const run = await startRun();
    await reached;

    await run.cancel();
    await isCancelled(run);
    release();

    expect(leftIn(sageMaker)).toEqual({ endpoints: [], configs: [], models: [] });
  });
});

test('a run cancelled while it verifies an update puts the old model back', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const old = await sageMaker.serving('unverified');
    const { reached, release } = sageMaker.s3.hold(/evaluation\/probes\.json$/, READ_TO_VERIFY);
    const run = await startRun({ deploy: { endpoint: 'unverified' } });
    await reached;
    expect(sageMaker.endpoints()[0]!.configName).not.toBe(old);

    await run.cancel();
    await isCancelled(run);
    release();

    expect(leftIn(sageMaker)).toEqual({
      endpoints: [{ name: 'unverified', status: 'InService', configName: old }],
      configs: [old],
      models: ['unverified-old-model'],
    });
  });
});

test('a run cancelled while it waits for a person deploys nothing', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ deploy: { approval: 'required' } });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');

    await run.cancel();

    await isCancelled(run);
    expect(await run.query(progress)).toMatchObject({ status: 'cancelled', stage: 'approve' });
    expect(leftIn(sageMaker)).toEqual({ endpoints: [], configs: [], models: [] });
  });
});

test('a second cancel while an endpoint that is still Creating is waited for does no harm', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun();
    await until(() => sageMaker.endpoints().length > 0);
    const { name } = await run.query(progress);

    await run.cancel();
    await run.cancel();
    // Also straight at the one that cleans up.
    await client.workflow.getHandle(deploymentOf(name)).cancel();
    expect(leftIn(sageMaker).endpoints).toMatchObject([{ status: 'Creating' }]);
    sageMaker.letEndpointsSettle();

    await isCancelled(run);
    expect(leftIn(sageMaker)).toEqual({ endpoints: [], configs: [], models: [] });
  });
});

test('a second cancel while an endpoint that is still Updating is put back does no harm', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const old = await sageMaker.serving('twice-cancelled');
    sageMaker.withEndpointsThatNeverSettle();
    const run = await startRun({ deploy: { endpoint: 'twice-cancelled' } });
    await until(() => sageMaker.endpoints()[0]!.status === 'Updating');

    await run.cancel();
    await client.workflow.getHandle(deploymentOf('twice-cancelled')).cancel();
    await run.cancel();
    sageMaker.letEndpointsSettle();

    await isCancelled(run);
    expect(leftIn(sageMaker)).toEqual({
      endpoints: [{ name: 'twice-cancelled', status: 'InService', configName: old }],
      configs: [old],
      models: ['twice-cancelled-old-model'],
    });
  });
});

test('a run cancelled while another one holds its endpoint leaves the other alone', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  await withLoop(sageMaker, async ({ startRun }) => {
    const first = await startRun({ name: 'held' });
    await until(() => sageMaker.endpoints().length > 0);
    // Several: the cancel meets them while they queue up or when they have, as it comes.
    const others = await Promise.all([1, 2, 3, 4].map(() => startRun({ name: 'held' })));
    await Promise.all(
      others.map(async (other) => {
        await untilProgress(other, ({ stage }) => stage === 'deploy');
        await other.cancel();
        await isCancelled(other);
      }),
    );
    sageMaker.letEndpointsSettle();

    expect(await first.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.endpoints()).toMatchObject([{ name: 'held', status: 'InService' }]);
  });
});

test.each([
  ['CreateProcessingJob', ['prepare'], { prepare: 'Stopped' }],
  ['CreateTrainingJob', ['train'], { prepare: 'Completed', train: 'Stopped' }],
  ['CreateEndpoint', [], { prepare: 'Completed', train: 'Completed', evaluate: 'Completed' }],
])(
  'a run cancelled during a %s that then seems to fail for good is cancelled, and leaves nothing of it',
  async (operation, endless, jobs) => {
    // As an attempt whose worker died looks to the run: a failure that is not tried again, after a call that had its effect.
    const lost = awsError('AccessDenied', 'the answer was not this one', 403);
    const sageMaker = new FakeSageMaker()
      .withJobsThatNeverEnd(...endless)
      .withFault(operation, lost, { afterEffect: true });
    await withLoop(sageMaker, async ({ startRun }) => {
      const { reached, release } = sageMaker.hold(operation);
      const run = await startRun();
      await reached;

      await run.cancel();
      await childIsAsked(run);
      release();

      await isCancelled(run);
      expect(Object.fromEntries(sageMaker.jobs().map(({ stage, status }) => [stage, status]))).toEqual(jobs);
      expect(leftIn(sageMaker)).toEqual({ endpoints: [], configs: [], models: [] });
      expect((await run.query(progress)).notices.join()).toContain('while it was being cancelled');
    });
  },
);

/** Until the history says that the run's child was told of the cancel: from then on its activities are not tried again. */
async function childIsAsked(run: Run): Promise<void> {
  await until(async () => {
    const { events } = await run.fetchHistory();
    return (events ?? []).some((event) => event.externalWorkflowExecutionCancelRequestedEventAttributes);
  });
}

async function isCancelled(run: Run): Promise<void> {
  await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect((await run.describe()).status.name).toBe('CANCELLED');
}

const leftIn = (sageMaker: FakeSageMaker) => ({
  endpoints: sageMaker.endpoints(),
  configs: sageMaker.configNames(),
  models: sageMaker.modelNames(),
});

import { expect, test } from 'vitest';
import { cancelStage, progress } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

test.each(['prepare', 'train', 'evaluate'] as const)(
  'a run cancelled at %s stops its job, sees it stopped and says so',
  async (stage) => {
    await withLoop(new FakeSageMaker().withJobsThatNeverEnd(stage), async ({ startRun, sageMaker }) => {
      const run = await startRun();
      await until(() => sageMaker.jobOf(stage) !== undefined);

      await run.cancel();

      await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect((await run.describe()).status.name).toBe('CANCELLED');
      const job = sageMaker.jobOf(stage)!;
      expect(job.status).toBe('Stopped');
      expect(sageMaker.jobs().every(({ endedAt }) => endedAt)).toBe(true);
      const after = await run.query(progress);
      expect(after).toMatchObject({ status: 'cancelled', stage });
      expect(after.stopped).toEqual([`${job.kind} job ${job.name}: Stopped`]);
      expect(sageMaker.endpoints()).toEqual([]);
    });
  },
);

test('a second cancel while the first one cleans up does no harm', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.stopMs = 300;
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun();
    await until(() => sageMaker.jobOf('train') !== undefined);

    await run.cancel();
    await until(() => sageMaker.jobOf('train')!.status === 'Stopping');
    await run.cancel();

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(sageMaker.jobOf('train')!.status).toBe('Stopped');
  });
});

test('a job that completes while it is being stopped is reported as completed', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.stopMs = 60_000;
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun();
    await until(() => sageMaker.jobOf('train') !== undefined);
    await run.cancel();
    await until(() => sageMaker.jobOf('train')!.status === 'Stopping');

    await sageMaker.end(sageMaker.jobOf('train')!.name);

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await run.query(progress)).stopped.join()).toMatch(/: Completed$/);
  });
});

test('a run cancelled while its endpoint is being created removes endpoint, config and model', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun();
    await until(() => sageMaker.endpoints().length > 0);

    await run.cancel();
    await until(async () => (await run.describe()).status.name === 'RUNNING');
    sageMaker.letEndpointsSettle();

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(sageMaker.endpoints()).toEqual([]);
    expect(sageMaker.configNames()).toEqual([]);
    expect(sageMaker.modelNames()).toEqual([]);
    expect((await run.query(progress)).stopped.join()).toMatch(/endpoint .*: removed/);
  });
});

test('a run cancelled in the middle of an update puts the old model back', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    const old = await sageMaker.serving('cancelled-update');
    sageMaker.withEndpointsThatNeverSettle();
    const run = await startRun({ deploy: { endpoint: 'cancelled-update' } });
    await until(() => sageMaker.endpoints()[0]!.status === 'Updating');

    await run.cancel();
    sageMaker.letEndpointsSettle();

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(sageMaker.endpoints()).toEqual([{ name: 'cancelled-update', status: 'InService', configName: old }]);
    expect(sageMaker.configNames()).toEqual([old]);
    expect(sageMaker.modelNames()).toEqual(['cancelled-update-old-model']);
    expect((await run.query(progress)).stopped.join()).toContain(`serves config ${old} as before`);
  });
});

test('a person stops the stage by an update and hears what was stopped', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('train'), async ({ startRun, sageMaker }) => {
    const run = await startRun();
    await until(() => sageMaker.jobOf('train') !== undefined);

    const answer = await run.executeUpdate(cancelStage, { args: [{ by: 'R. Imai', reason: 'wrong data' }] });

    expect(answer.stopped).toBe(`training job ${sageMaker.jobOf('train')!.name}: Stopped`);
    await expect(run.result()).rejects.toMatchObject({
      cause: { name: 'CancelledFailure', message: 'cancelled by R. Imai: wrong data' },
    });
    expect(await run.query(progress)).toMatchObject({ status: 'cancelled' });
  });
});

test('a terminated run stops its job too', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('train'), async ({ startRun, sageMaker, client }) => {
    const run = await startRun();
    await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));

    await run.terminate('a test');

    await client.workflow
      .getHandle(`job/${sageMaker.jobOf('train')!.name}`)
      .result()
      .catch(() => undefined);
    expect(sageMaker.jobOf('train')!.status).toBe('Stopped');
  });
});

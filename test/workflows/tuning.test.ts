/**
 * A run that searches for its training settings: one tuning job in the place of the training job.
 */
import { expect, test } from 'vitest';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilProgress, until, withLoop } from '../support/loop.js';

const tune = { trials: 4, parallel: 2 };

test('the best trial is what is evaluated, and it alone', async () => {
  await withLoop(new FakeSageMaker().withTrialMetrics(0.6, 0.66, 0.64, undefined), async ({ startRun, sageMaker }) => {
    const run = await startRun({ tune, deploy: false });

    const { status, jobs, artifacts, timeline } = await run.result();

    expect(status).toBe('done');
    expect(timeline.map(({ stage }) => stage)).toEqual(['preflight', 'prepare', 'tune', 'evaluate', 'gate', 'package']);
    const { trials, kind, name } = jobs.find(({ stage }) => stage === 'tune')!;
    expect(kind).toBe('tuning');
    expect(trials).toMatchObject({ planned: 4, completed: 4, inProgress: 0, failed: 0, stopped: 0 });
    expect(trials!.best).toMatchObject({ name: `${name}-002-0a1b2c3d`, metric: 0.66, status: 'Completed' });
    expect(trials!.best!.parameters).toEqual({
      learningRate: 2e-5,
      epochs: 1,
      batchSize: 16,
      scale: 20,
      hardnessStrength: 0,
    });
    expect(trials!.shown.map((trial) => trial.metric)).toEqual([0.66, undefined, 0.64, 0.6]);
    expect(artifacts['model']).toContain(`${name}-002-0a1b2c3d/output/model.tar.gz`);

    // The test questions are asked once, of the winner.
    const evaluations = sageMaker.jobs().filter(({ stage }) => stage === 'evaluate');
    expect(evaluations).toHaveLength(1);
    expect(JSON.stringify(evaluations[0]!.request)).toContain(artifacts['model']);
    expect(sageMaker.jobs().filter(({ stage }) => stage === 'train')).toEqual([]);
  });
});

test('all trials lie in the run folder before the evaluation begins', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('evaluate'), async ({ startRun, sageMaker }) => {
    const run = await startRun({ tune, deploy: false });
    await until(() => sageMaker.jobOf('evaluate') !== undefined);

    const { artifacts } = await untilProgress(run, ({ stage }) => stage === 'evaluate');
    const record = sageMaker.s3.json(artifacts['trials']!) as { best: string; trials: object[] };
    expect(record.trials).toHaveLength(4);
    expect(record.best).toMatch(/-002-/);
    expect(JSON.stringify(sageMaker.jobOf('evaluate')!.request)).toContain(artifacts['trials']);
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
  });
});

test('trials are listed when their counters moved, not at every look', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('trial');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ tune: { trials: 1 }, deploy: false });
    await until(() => (sageMaker.jobOf('tune')?.describes ?? 0) > 8);
    await sageMaker.end(sageMaker.jobOf('trial')!.name);

    await run.result();

    const { describes } = sageMaker.jobOf('tune')!;
    const lists = sageMaker.calls.filter(({ operation }) => operation.startsWith('ListTrainingJobsFor')).length;
    expect(describes).toBeGreaterThan(8);
    expect(lists).toBeLessThanOrEqual(4); // launched, ended, the tuning job's own end, the record
  });
});

test('a search in which no trial succeeds fails with the first reason and the end of its log', async () => {
  const failureReason = 'AlgorithmError: UserError: channel train: 1 pairs, exit code: 1';
  const failed = { status: 'Failed', failureReason } as const;
  await withLoop(new FakeSageMaker().withEndings('trial', failed, failed, failed, failed), async ({ startRun }) => {
    const run = await startRun({ tune, deploy: false });

    await expect(run.result()).rejects.toMatchObject({
      cause: {
        type: 'JobFailed',
        message: expect.stringMatching(/no trial succeeded.*-001-.*1 pairs[^]*\/logs\/.*\.txt/),
      },
    });
  });
});

test('trials that report nothing are no success, although SageMaker calls the search completed', async () => {
  const sageMaker = new FakeSageMaker().withTrialMetrics(undefined);
  await withLoop(sageMaker.withEndings('tune', { status: 'Completed' }), async ({ startRun }) => {
    const run = await startRun({ tune: { trials: 1 }, deploy: false });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'JobFailed', message: expect.stringContaining('no trial reported dev:ndcg@10') },
    });
  });
});

test('a trial that fails does not end the search', async () => {
  const sageMaker = new FakeSageMaker().withEndings('trial', { status: 'Failed', failureReason: 'AlgorithmError: no' });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ tune, deploy: false });

    const { status, jobs } = await run.result();

    expect(status).toBe('done');
    expect(jobs.find(({ stage }) => stage === 'tune')!.trials).toMatchObject({ completed: 3, failed: 1 });
  });
});

test('a cancel in the middle of the search stops it and its trials', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('trial');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ tune, deploy: false });
    await untilProgress(run, ({ jobs }) => jobs.at(-1)?.trials?.inProgress === 2);

    await run.cancel();

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const { stopped } = await untilProgress(run, ({ status }) => status === 'cancelled');
    expect(stopped).toEqual([expect.stringMatching(/^tuning job .*: Stopped$/)]);
    expect(
      sageMaker
        .jobs()
        .filter(({ stage }) => stage === 'trial')
        .map(({ status }) => status),
    ).toEqual(['Stopped', 'Stopped']);
  });
});

test("a fault of SageMaker's own is worth another search", async () => {
  const fault = { status: 'Failed', failureReason: 'InternalServerError: We encountered an internal error.' } as const;
  await withLoop(new FakeSageMaker().withEndings('tune', fault), async ({ startRun, sageMaker }) => {
    const run = await startRun({ tune, deploy: false });

    const { status, notices } = await run.result();

    expect(status).toBe('done');
    expect(notices.join()).toContain('InternalServerError');
    expect(sageMaker.jobs().filter(({ kind }) => kind === 'tuning')).toHaveLength(2);
  });
});

test('a Create whose answer is lost leads to one search: the second try adopts it', async () => {
  const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const sageMaker = new FakeSageMaker().withFault('CreateHyperParameterTuningJob', lost, { afterEffect: true });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ tune, deploy: false });

    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.jobs().filter(({ kind }) => kind === 'tuning')).toHaveLength(1);
  });
});

test('a search that its own time limit ends is no failure where a trial has succeeded', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('trial');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ tune: { trials: 4, parallel: 2, stop: { maxSeconds: 120 } }, deploy: false });
    await untilProgress(run, ({ jobs }) => jobs.at(-1)?.trials?.inProgress === 2);
    await sageMaker.end(sageMaker.jobOf('trial')!.name);
    const tuning = sageMaker.jobOf('tune')!;
    tuning.createdAt = new Date(Date.now() - 120_000);
    await sageMaker.end(tuning.name, { status: 'Stopped' });

    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

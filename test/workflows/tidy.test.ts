/**
 * A run that has ended leaves no checkpoints that nobody goes on from, and says what the rest costs.
 */
import { expect, test } from 'vitest';
import { awsError } from '../support/awsError.js';
import type { Ending } from '../support/fakeJob.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop } from '../support/loop.js';

/** Runs up to the evaluation, lays a checkpoint down, and lets the evaluation end so. */
async function runWithCheckpoint({ startRun, sageMaker }: Loop, ending: Ending) {
  const run = await startRun({ deploy: false });
  await until(() => sageMaker.jobOf('evaluate') !== undefined);
  const { artifacts } = await untilProgress(run, ({ stage }) => stage === 'evaluate');
  const checkpoint = artifacts['spec']!.replace('spec.json', 'checkpoints/checkpoint-10/model.safetensors');
  sageMaker.s3.put(checkpoint, Buffer.alloc(1000));
  await sageMaker.end(sageMaker.jobOf('evaluate')!.name, ending);
  await run.result().catch(() => undefined);
  return { checkpoint, progress: await untilProgress(run, () => true) };
}

const atTheEvaluation = () => new FakeSageMaker().withJobsThatNeverEnd('evaluate');

test('checkpoints of a run that is done are removed, and what stays is weighed', async () => {
  await withLoop(atTheEvaluation(), async (loop) => {
    const { checkpoint, progress } = await runWithCheckpoint(loop, { status: 'Completed' });

    expect(progress.status).toBe('done');
    expect(loop.sageMaker.s3.has(checkpoint)).toBe(false);
    expect(progress.cost.stored).toMatchObject({ removedBytes: 1000, usdPerMonth: expect.any(Number) as number });
    expect(progress.cost.stored!.bytes).toBeGreaterThan(0);
    for (const uri of Object.values(progress.artifacts)) expect(loop.sageMaker.s3.has(uri)).toBe(true);
  });
});

test('a run that failed keeps them: a retry may go on from there', async () => {
  await withLoop(atTheEvaluation(), async (loop) => {
    const ending = { status: 'Failed', failureReason: 'AlgorithmError: exit code: 2' } as const;

    const { checkpoint, progress } = await runWithCheckpoint(loop, ending);

    expect(progress.status).toBe('failed');
    expect(loop.sageMaker.s3.has(checkpoint)).toBe(true);
    expect(progress.cost.stored).toMatchObject({ removedBytes: 0 });
  });
});

test('a worker that may not delete says so, and the run is done nevertheless', async () => {
  await withLoop(atTheEvaluation(), async (loop) => {
    loop.sageMaker.s3.undeletable = awsError('AccessDenied', 'not authorized to perform: s3:DeleteObject', 403);

    const { checkpoint, progress } = await runWithCheckpoint(loop, { status: 'Completed' });

    expect(progress.status).toBe('done');
    expect(loop.sageMaker.s3.has(checkpoint)).toBe(true);
    expect(progress.notices.join()).toContain('checkpoints may stay in s3://');
  });
});

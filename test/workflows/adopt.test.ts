import { expect, test } from 'vitest';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, withLoop } from '../support/loop.js';

test.each([
  ['CreateProcessingJob', 'prepare'],
  ['CreateTrainingJob', 'train'],
])('an answer to %s that is lost leaves one job, which the retry adopts', async (operation, stage) => {
  const lost = awsError('InternalFailure', 'the answer was lost', 500);
  const sageMaker = new FakeSageMaker().withFault(operation, lost, { afterEffect: true });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });

    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.jobs().filter((job) => job.stage === stage)).toHaveLength(1);
    expect(sageMaker.calls.filter((call) => call.operation === operation).length).toBeGreaterThan(1);
  });
});

test('two runs with the same workflow id, the first terminated, do not share a job', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('prepare');
  await withLoop(sageMaker, async ({ startRun }) => {
    const spec = { name: 'twice', deploy: false as const };
    const first = await startRun(spec, { workflowId: 'finetune/twice' });
    await until(() => sageMaker.jobs().length === 1);
    await first.terminate();

    const second = await startRun(spec, { workflowId: 'finetune/twice' });
    await until(() => sageMaker.jobs().length === 2);

    const [one, two] = sageMaker.jobs();
    expect(one!.name).not.toBe(two!.name);
    await second.cancel();
    await expect(second.result()).rejects.toThrow();
  });
});

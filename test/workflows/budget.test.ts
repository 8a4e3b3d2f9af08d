/**
 * A run that may spend so much and no more. The fake bills a minute for each training.
 */
import type { CreateProcessingJobCommandInput, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { progress } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop, type Run } from '../support/loop.js';

/** Ten minutes of a job, which is the least, cost a dollar; a minute of training ten cents. */
const PRICE = 6;
const upTo = (maxUsd: number, changes: Partial<FineTuneSpecInput> = {}): Partial<FineTuneSpecInput> => ({
  deploy: false,
  compute: {
    train: { instanceType: 'ml.m5.xlarge', maxRuntimeSeconds: 36_000 },
    evaluate: { instanceType: 'ml.m5.xlarge' },
  },
  prices: { asOf: 'today', usdPerHour: { 'ml.m5.xlarge': PRICE, 'ml.m5.4xlarge': 12 } },
  budget: { maxUsd },
  ...changes,
});
const failureOf = (run: Run) =>
  run.result().then(
    () => undefined,
    (error: { cause: { type: string; message: string } }) => error.cause,
  );

test('what jobs cost is added up from billable seconds, at the prices of the spec', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const { cost, jobs } = await (await startRun(upTo(100))).result();

    expect(jobs.find(({ stage }) => stage === 'train')).toMatchObject({ seconds: 60, usd: 0.1 });
    expect(cost.accruedUsd).toBeCloseTo(0.1, 1); // and a second at most of each processing job
    expect(cost).toMatchObject({ budgetUsd: 100, pricesAsOf: expect.stringContaining('today') as string });
  });
});

test('a type without a known price is named, and not taken for free', async () => {
  const compute = {
    prepare: { instanceType: 'ml.m5.12xlarge' },
    train: { instanceType: 'ml.m5.xlarge' },
    evaluate: { instanceType: 'ml.m5.xlarge' },
  };
  const sageMaker = new FakeSageMaker();
  sageMaker.jobMs = 1100; // billed by the second
  await withLoop(sageMaker, async ({ startRun }) => {
    const { cost } = await (await startRun({ deploy: false, compute })).result();

    expect(cost).toMatchObject({ unknownSoFar: ['ml.m5.12xlarge'], unknownPrices: ['ml.m5.12xlarge'] });
    expect(cost.accruedUsd).toBeGreaterThan(0);
    expect(cost).not.toHaveProperty('estimateUsd');
  });
});

test('what spot saved is shown', async () => {
  const compute = { train: { instanceType: 'ml.m5.xlarge', spot: true }, evaluate: { instanceType: 'ml.m5.xlarge' } };
  await withLoop(new FakeSageMaker().withTrainingSeconds(180), async ({ startRun }) => {
    const { cost, jobs } = await (await startRun(upTo(100, { compute }))).result();

    expect(jobs.find(({ stage }) => stage === 'train')).toMatchObject({
      spot: true,
      seconds: 60,
      trainingSeconds: 180,
    });
    expect(cost.spotSavedUsd).toBe(0.2);
  });
});

test('a budget below the least that the run costs is refused, unpaid', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const failure = await failureOf(await startRun(upTo(2)));

    expect(failure).toMatchObject({ type: 'SpecRefused', message: expect.stringContaining('budget.maxUsd') as string });
    expect(sageMaker.jobs()).toEqual([]);
  });
});

test('a budget is refused while a price is unknown', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const compute = { train: { instanceType: 'ml.m5.12xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } };
    const failure = await failureOf(await startRun(upTo(1000, { compute })));

    expect(failure).toMatchObject({
      type: 'SpecRefused',
      message: expect.stringContaining('ml.m5.12xlarge: <USD>') as string,
    });
    expect(sageMaker.jobs()).toEqual([]);
  });
});

test('nothing is started that the rest of the budget does not cover', async () => {
  const platform = { status: 'Failed', failureReason: 'InternalServerError: x' } as const;
  // prepare, train and evaluate: 3.00 at least. After two trainings of 0.10, 2.90 are left, and then a dear evaluation comes.
  const compute = {
    train: { instanceType: 'ml.m5.xlarge' },
    evaluate: { instanceType: 'ml.m5.4xlarge' },
  };
  const sageMaker = new FakeSageMaker().withEndings('train', platform).withTrainingSeconds(1800, 1800);
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun(upTo(7, { compute }));

    const failure = await failureOf(run);

    expect(failure).toMatchObject({
      type: 'BudgetReached',
      message: expect.stringMatching(
        /^\$6\.0\d of budget\.maxUsd \$7 are spent, and the next step \(evaluate on ml\.m5\.4xlarge\) costs at least \$2\.00/,
      ) as string,
    });
    expect(sageMaker.jobOf('evaluate')).toBeUndefined();
    expect(await run.query(progress)).toMatchObject({ status: 'failed', failure: { type: 'BudgetReached' } });
  });
});

test("the endpoint's first hour has to be covered too", async () => {
  const deploy = { instanceType: 'ml.m5.4xlarge' };
  const sageMaker = new FakeSageMaker().withTrainingSeconds(3600, 3600);
  await withLoop(sageMaker, async ({ startRun }) => {
    const failure = await failureOf(await startRun(upTo(16, { deploy })));

    expect(failure).toMatchObject({
      type: 'BudgetReached',
      message: expect.stringContaining('an hour of ml.m5.4xlarge) costs at least $12.00') as string,
    });
    expect(sageMaker.endpoints()).toEqual([]);
    expect(sageMaker.modelNames()).toEqual([]);
  });
});

test('a training that the budget ends is told when to save, with SageMaker behind it', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await (await startRun(upTo(12))).result();

    const { HyperParameters, StoppingCondition } = sageMaker.jobOf('train')!.request as CreateTrainingJobCommandInput;
    const limit = StoppingCondition!.MaxRuntimeInSeconds!;
    expect(limit).toBeGreaterThan(7000); // two hours, but for the prepare job's second
    expect(limit).toBeLessThanOrEqual(7200);
    expect(Number(HyperParameters!.stop_after_seconds)).toBe(limit - 300);
    const prepare = sageMaker.jobOf('prepare')!.request as CreateProcessingJobCommandInput;
    expect(prepare.StoppingCondition!.MaxRuntimeInSeconds).toBe(7200);
  });
});

test('a training under its own limit is told nothing', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await (await startRun(upTo(1000))).result();

    const { HyperParameters, StoppingCondition } = sageMaker.jobOf('train')!.request as CreateTrainingJobCommandInput;
    expect(HyperParameters).not.toHaveProperty('stop_after_seconds');
    expect(StoppingCondition).toEqual({ MaxRuntimeInSeconds: 36_000 });
  });
});

test.each([
  [
    'its script',
    {
      status: 'Failed',
      failureReason:
        'AlgorithmError: ExecuteUserScriptError: ErrorMessage "BudgetReached: 6900 s are over", exit code: 1',
    },
  ],
  ["SageMaker's limit", { status: 'Stopped', secondaryStatus: 'MaxRuntimeExceeded' }],
] as const)(
  'a training that %s ended for the budget ends the run so, and tells where its work lies',
  async (_, ending) => {
    const sageMaker = new FakeSageMaker().withEndings('train', ending).withTrainingSeconds(7000, 7000);
    await withLoop(sageMaker, async ({ startRun }) => {
      const failure = await failureOf(await startRun(upTo(12)));

      expect(failure).toMatchObject({
        type: 'BudgetReached',
        message: expect.stringMatching(
          /\$11\.\d\d of budget\.maxUsd \$12 are spent.*s3:\/\/\S+\/checkpoints\//,
        ) as string,
      });
      expect(sageMaker.jobs().filter(({ stage }) => stage === 'train')).toHaveLength(1);
    });
  },
);

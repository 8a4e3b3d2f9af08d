/**
 * Instances that are not to be had: the run goes on with the next kind, and says so.
 */
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { progress } from '../../src/run/messages.js';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilProgress, withLoop } from '../support/loop.js';

const quota = (type: string, limit: number) =>
  awsError(
    'ResourceLimitExceeded',
    `The account-level service limit '${type} for training job usage' is ${limit} Instances, with current utilization ` +
      `of ${limit} Instances and a request delta of 1 Instances.`,
  );
const noCapacity = {
  status: 'Failed',
  failureReason: 'CapacityError: Unable to provision requested ML compute capacity.',
} as const;
const noSpot = { status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' } as const;

const TYPES = ['ml.m5.xlarge', 'ml.c5.xlarge'];
const on = (train: object, timings: object = {}) => ({
  deploy: false as const,
  compute: { train: { instanceType: TYPES, ...train }, evaluate: { instanceType: 'ml.m5.xlarge' } },
  timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, capacitySeconds: 0.05, ...timings },
});
const trainings = (sageMaker: FakeSageMaker): CreateTrainingJobCommandInput[] =>
  sageMaker
    .jobs()
    .flatMap(({ stage, request }) => (stage === 'train' ? [request as CreateTrainingJobCommandInput] : []));

test('several types on demand go to SageMaker as its own preferences, and the one that it took is shown', async () => {
  await withLoop(new FakeSageMaker().withSelected('ml.c5.xlarge'), async ({ startRun, sageMaker }) => {
    const run = await startRun(on({}));

    const { jobs, notices } = await run.result();

    const [{ ResourceConfig }] = trainings(sageMaker) as [CreateTrainingJobCommandInput];
    expect(ResourceConfig).toEqual({
      InstancePreferences: TYPES.map((InstanceType) => ({ InstanceType, InstanceCount: 1 })),
      VolumeSizeInGB: 50,
    });
    expect(jobs.find(({ stage }) => stage === 'train')).toMatchObject({ instanceType: 'ml.c5.xlarge' });
    expect(notices).toContain('ml.m5.xlarge: no capacity; SageMaker took ml.c5.xlarge');
  });
});

test('spot that does not come is followed by spot on the next type, then by on demand', async () => {
  const sageMaker = new FakeSageMaker().withEndings('train', noSpot, noCapacity);
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun(on({ spot: true, maxRuntimeSeconds: 600 }, { queueSeconds: 100 }));

    const { status, notices } = await run.result();

    expect(status).toBe('done');
    // The report tells it too.
    expect(sageMaker.jobOf('evaluate')!.request).toMatchObject({
      Environment: { ATTUNE_NOTICE_01: notices[0], ATTUNE_NOTICE_02: notices[1] },
    });
    expect(notices).toEqual([
      'spot ml.m5.xlarge: no capacity; went on with spot ml.c5.xlarge',
      'spot ml.c5.xlarge: no capacity; went on with ml.m5.xlarge or ml.c5.xlarge',
    ]);
    expect(trainings(sageMaker)).toMatchObject([
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 700 },
        ResourceConfig: { InstanceType: 'ml.m5.xlarge' },
      },
      { EnableManagedSpotTraining: true, ResourceConfig: { InstanceType: 'ml.c5.xlarge' } },
      { ResourceConfig: { InstancePreferences: [{}, {}] } },
    ]);
    expect(trainings(sageMaker)[2]).not.toHaveProperty('EnableManagedSpotTraining');
    expect(new Set(trainings(sageMaker).map(({ CheckpointConfig }) => CheckpointConfig?.S3Uri)).size).toBe(1);
  });
});

test('a type whose quota is none is left out at once', async () => {
  const sageMaker = new FakeSageMaker().withFault('CreateTrainingJob', quota('ml.m5.xlarge', 0));
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun(on({}, { capacitySeconds: 3600, quotaSeconds: 3600 }));

    const { notices, jobs } = await run.result();

    expect(notices).toEqual(['ml.m5.xlarge: no quota; went on with ml.c5.xlarge']);
    expect(trainings(sageMaker)).toMatchObject([{ ResourceConfig: { InstanceType: 'ml.c5.xlarge' } }]);
    expect(jobs.map(({ status }) => status)).toEqual(['Completed', 'NotStarted', 'Completed', 'Completed']);
  });
});

test('a type whose quota other jobs fill is waited for as long as for capacity, then left out', async () => {
  const full = quota('ml.m5.xlarge', 2);
  const sageMaker = new FakeSageMaker().withFault('CreateTrainingJob', full, {
    times: Infinity,
    where: (input) => JSON.stringify(input).includes('ml.m5.xlarge'),
  });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun(on({}, { capacitySeconds: 0.2 }));

    expect((await run.result()).notices).toEqual(['ml.m5.xlarge: no quota; went on with ml.c5.xlarge']);
    expect(sageMaker.calls.filter(({ operation }) => operation === 'CreateTrainingJob').length).toBeGreaterThan(2);
  });
});

test('while it waits for the quota of the last type, the run says so; after the deadline it fails', async () => {
  const sageMaker = new FakeSageMaker().withFault('CreateTrainingJob', quota('ml.m5.xlarge', 2), { times: Infinity });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun(on({ instanceType: 'ml.m5.xlarge' }, { quotaSeconds: 2 }));

    await untilProgress(run, ({ jobs }) => jobs.some(({ secondaryStatus }) => secondaryStatus === 'WaitingForQuota'));

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'QuotaExceeded', message: expect.stringContaining('ml.m5.xlarge: no quota') as string },
    });
    expect((await run.query(progress)).jobs.at(-1)).toMatchObject({ stage: 'train', status: 'NotStarted' });
    expect(trainings(sageMaker)).toEqual([]);
  });
});

test('the last type without capacity is tried three times', async () => {
  const sageMaker = new FakeSageMaker().withEndings('train', noCapacity, noCapacity, noCapacity);
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun(on({ instanceType: 'ml.m5.xlarge' }));

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'JobFailed', message: expect.stringContaining('attempt 3 of 3') as string },
    });
    expect(trainings(sageMaker)).toHaveLength(3);
  });
});

/**
 * Hyperparameter tuning in instant mode: the whole search, its early stopping, faults, and what a kill leaves.
 * @module
 */
import {
  CreateHyperParameterTuningJobCommand,
  DescribeHyperParameterTuningJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  ListTrainingJobsForHyperParameterTuningJobCommand,
  type CreateHyperParameterTuningJobCommandInput,
  type HyperParameterTuningJobConfig,
} from '@aws-sdk/client-sagemaker';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { simulatedObjective } from '../../src/instant/simulatedObjective.js';
import { Bench, BUCKET, IMAGE, ROLE, until } from './hostingBench.js';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({ listens: true, instantMs: 600 });
});

afterEach(() => bench.forgetFaults());

afterAll(() => bench.stop());

const tuningRequest = (
  name: string,
  config: Partial<HyperParameterTuningJobConfig> = {},
): CreateHyperParameterTuningJobCommandInput => ({
  HyperParameterTuningJobName: name,
  HyperParameterTuningJobConfig: {
    Strategy: 'Bayesian',
    HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'dev:ndcg@10' },
    ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 },
    ParameterRanges: { ContinuousParameterRanges: [{ Name: 'rate', MinValue: '1e-6', MaxValue: '1e-2' }] },
    RandomSeed: 11,
    ...config,
  },
  TrainingJobDefinition: {
    AlgorithmSpecification: {
      TrainingImage: IMAGE,
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'dev:ndcg@10', Regex: 'dev_ndcg_at_10=([0-9.]+)' }],
    },
    RoleArn: ROLE,
    OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/tuned` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  },
});

const tune = (...given: Parameters<typeof tuningRequest>) =>
  bench.sageMaker.send(new CreateHyperParameterTuningJobCommand(tuningRequest(...given)));
const describeTuning = (name: string) =>
  bench.sageMaker.send(new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }));

async function ended(name: string) {
  await until(`${name} has ended`, async () =>
    ['Completed', 'Failed', 'Stopped'].includes((await describeTuning(name)).HyperParameterTuningJobStatus ?? ''),
  );
  return describeTuning(name);
}

async function trialsOf(name: string) {
  const { TrainingJobSummaries = [] } = await bench.sageMaker.send(
    new ListTrainingJobsForHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name, MaxResults: 100 }),
  );
  return TrainingJobSummaries;
}

describe('a search in instant mode', () => {
  test('ends with an objective that follows from the parameters, announced at its beginning and its end', async () => {
    await tune('searches');

    const job = await ended('searches');

    const trials = await trialsOf('searches');
    expect(job.HyperParameterTuningJobStatus).toBe('Completed');
    expect(trials).toHaveLength(4);
    for (const { TunedHyperParameters, FinalHyperParameterTuningJobObjectiveMetric: metric } of trials) {
      expect(metric?.Value).toBe(simulatedObjective(TunedHyperParameters ?? {}));
    }
    await until('its end is announced', () => statusesOf('searches').length === 2);
    expect(statusesOf('searches')).toEqual(['InProgress', 'Completed']);
    const { detail } = bench.announced.findLast(({ detail }) => detail.HyperParameterTuningJobName === 'searches')!;
    expect(detail).toMatchObject({
      CreationTime: String(job.CreationTime!.getTime()),
      TrainingJobStatusCounters: job.TrainingJobStatusCounters,
      ObjectiveStatusCounters: job.ObjectiveStatusCounters,
      Tags: {},
    });
  });

  test('stops a training job that falls behind the median of the others', async () => {
    const objective = (kind: string): number => simulatedObjective({ kind });
    const Values = ['a', 'b', 'c', 'd', 'e', 'f'].sort((a, b) => objective(b) - objective(a)).filter((_, i) => i !== 4);
    const worst = Values.at(-1)!;
    expect(objective(worst)).toBeLessThan(objective(Values[2]!) / 2);
    await tune('halts', {
      Strategy: 'Grid',
      ResourceLimits: { MaxParallelTrainingJobs: 1 },
      ParameterRanges: { CategoricalParameterRanges: [{ Name: 'kind', Values }] },
      TrainingJobEarlyStoppingType: 'Auto',
    });

    const job = await ended('halts');

    const trials = await trialsOf('halts');
    expect(trials.map(({ TunedHyperParameters }) => TunedHyperParameters?.kind)).toEqual(Values);
    expect(trials.slice(0, 3).map(({ TrainingJobStatus }) => TrainingJobStatus)).toEqual(Array(3).fill('Completed'));
    expect(trials.at(-1)).toMatchObject({ TrainingJobStatus: 'Stopped' });
    expect(job.TrainingJobStatusCounters?.Stopped).toBeGreaterThanOrEqual(1);
    expect(job.BestTrainingJob).toEqual(trials[0]);
  });

  test('of the same seed tries the same', async () => {
    const config = { Strategy: 'Random' as const };
    await Promise.all([tune('seed-1', config), tune('seed-2', { ...config, ...oneByOne })]);
    await Promise.all(['seed-1', 'seed-2'].map(ended));

    const [one, other] = await Promise.all(['seed-1', 'seed-2'].map(trialsOf));
    const tried = (trials: typeof one) => trials?.map(({ TunedHyperParameters }) => TunedHyperParameters);
    expect(tried(one)).toEqual(tried(other));
  });

  test('goes on after kills of the emulator with every training job launched once', async () => {
    const many = { ResourceLimits: { MaxNumberOfTrainingJobs: 9, MaxParallelTrainingJobs: 3 } };
    await bench.faults({ fault: 'crash', operation: 'CreateHyperParameterTuningJob', when: 'after' });
    await expect(tune('survives', many)).rejects.toThrow();
    await bench.startEmulator();
    for (const launched of [1, 4, 7]) {
      await until(`${launched} are launched`, async () => (await trialsOf('survives')).length >= launched);
      await bench.killEmulator();
      await bench.startEmulator();
    }

    expect(await ended('survives')).toMatchObject({
      HyperParameterTuningJobStatus: 'Completed',
      TrainingJobStatusCounters: { Completed: 9, InProgress: 0 },
    });
    const { TrainingJobSummaries = [] } = await bench.sageMaker.send(
      new ListTrainingJobsCommand({ NameContains: 'survives-', MaxResults: 100 }),
    );
    const listed = (await trialsOf('survives')).map(({ TrainingJobName }) => TrainingJobName);
    expect(TrainingJobSummaries.map(({ TrainingJobName }) => TrainingJobName).sort()).toEqual(listed);
    expect(listed.map((name) => name?.slice(0, 'survives-001'.length))).toEqual(
      Array.from({ length: 9 }, (_, index) => `survives-00${index + 1}`),
    );
    const oldest = { TrainingJobName: listed[0] };
    expect((await bench.sageMaker.send(new DescribeTrainingJobCommand(oldest))).TrainingJobStatus).toBe('Completed');
  });

  test('fails in words when no training job succeeds', async () => {
    await bench.faults({
      fault: 'end',
      name: '^fails-',
      status: 'Failed',
      failureReason: 'AlgorithmError: no',
      times: 9,
    });
    await tune('fails');

    const job = await ended('fails');

    expect(job).toMatchObject({
      HyperParameterTuningJobStatus: 'Failed',
      FailureReason: expect.stringMatching(/^No training job succeeded after 4 attempts\./),
      TrainingJobStatusCounters: { NonRetryableError: 4, RetryableError: 0 },
      ObjectiveStatusCounters: { Failed: 4 },
    });
    expect(job.BestTrainingJob).toBeUndefined();
  });

  test('is named by faults like any resource', async () => {
    await tune('named', { ...oneByOne });
    await bench.faults(
      { fault: 'error', operation: '*', name: '^named$', code: 'ThrottlingException' },
      {
        fault: 'set',
        operation: 'DescribeHyperParameterTuningJob',
        name: '^named$',
        members: { HyperParameterTuningJobStatus: 'Pondering' },
      },
    );

    await expect(describeTuning('named')).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await describeTuning('named')).HyperParameterTuningJobStatus).toBe('Pondering');
    expect((await ended('named')).HyperParameterTuningJobStatus).toBe('Completed');
  });
});

const oneByOne = { ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 1 } };

const statusesOf = (name: string): unknown[] =>
  bench.announced
    .filter((one) => one['detail-type'] === 'SageMaker HyperParameter Tuning Job State Change')
    .filter(({ detail }) => detail.HyperParameterTuningJobName === name)
    .map(({ detail }) => detail.HyperParameterTuningJobStatus);

import type { HyperParameterTuningJobConfig } from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';
import { simulatedObjective } from '../../src/instant/simulatedObjective.js';
import { mostTrials, notImproving, verdictOf } from '../../src/tuning/completion.js';
import { bracketOf, halve, isBehindMedian } from '../../src/tuning/earlyStopping.js';
import { trainingRequest, trialName, type Summary, type TuningRecord } from '../../src/tuning/record.js';
import { combinations, gridPoint, rangesOf } from '../../src/tuning/suggestions.js';
import { bestOf, countersOf } from '../../src/tuning/trials.js';
import { halvingOf } from '../../src/tuning/tuningRules.js';
import { completed, definition, limits, record, request, summary } from './tuningRequests.js';

const tried = (count: number): TuningRecord['trials'] =>
  Array.from({ length: count }, (_, index) => ({ name: `t-${index}`, parameters: {}, launched: true, rungs: 0 }));

describe('the training job of a trial', () => {
  test('has the static, the tuned and the objective as hyperparameters, and the tags of the tuning job', () => {
    const tags = [{ Key: 'a', Value: 'b' }];
    const trial = { name: 'tune-001-12345678', parameters: { rate: '0.001' } };
    expect(trainingRequest({ request: request(), tags }, trial)).toMatchObject({
      TrainingJobName: 'tune-001-12345678',
      HyperParameters: { seed: '42', rate: '0.001', _tuning_objective_metric: 'dev' },
      ResourceConfig: definition().ResourceConfig,
      Tags: tags,
    });
  });

  test('runs on the first of the instance types in their order', () => {
    const flexible = {
      ResourceConfig: undefined,
      HyperParameterTuningResourceConfig: {
        AllocationStrategy: 'Prioritized' as const,
        VolumeKmsKeyId: 'key',
        InstanceConfigs: [
          { InstanceType: 'ml.g5.xlarge' as const, InstanceCount: 1, VolumeSizeInGB: 30 },
          { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 30 },
        ],
      },
    };
    const made = trainingRequest({ request: request({}, flexible), tags: [] }, { name: 'n', parameters: {} });
    expect(made.ResourceConfig).toEqual({
      InstanceType: 'ml.g5.xlarge',
      InstanceCount: 1,
      VolumeSizeInGB: 30,
      VolumeKmsKeyId: 'key',
    });
    expect(made).not.toHaveProperty('HyperParameterTuningResourceConfig');
  });

  test('has the same name for whoever decides again, another for a tuning job made anew', () => {
    const one = { name: 'a'.repeat(32), createdAt: 1 };
    expect(trialName(one, 4)).toBe(trialName({ ...one }, 4));
    expect(trialName(one, 4)).toMatch(/^a{32}-005-[0-9a-f]{8}$/);
    expect(trialName({ ...one, createdAt: 2 }, 4)).not.toBe(trialName(one, 4));
  });
});

describe('a grid', () => {
  const ranges = rangesOf({
    CategoricalParameterRanges: [
      { Name: 'a', Values: ['1', '2', '3'] },
      { Name: 'b', Values: ['x', 'y'] },
    ],
  });

  test('holds every combination once', () => {
    expect(combinations(ranges)).toBe(6);
    const points = Array.from({ length: 6 }, (_, number) => gridPoint(ranges, number));
    expect(new Set(points.map(({ a, b }) => `${a}${b}`)).size).toBe(6);
  });

  test('tells by itself how many jobs there are', () => {
    const grid = request({
      Strategy: 'Grid',
      ...limits(),
      ParameterRanges: { CategoricalParameterRanges: [{ Name: 'a', Values: ['1', '2', '3'] }] },
    });
    expect(mostTrials(record({ request: grid }))).toBe(3);
  });
});

describe('counters and the best', () => {
  const listed = [
    summary('Completed', 0.5),
    summary('Stopped', 0.9, 9),
    summary('InProgress'),
    { ...summary('Failed'), FailureReason: 'InternalServerError: again' },
    { ...summary('Failed'), FailureReason: 'AlgorithmError: mine' },
  ];

  test("tell AWS's failures from the client's", () => {
    expect(countersOf(listed)).toEqual({
      TrainingJobStatusCounters: { Completed: 1, InProgress: 1, RetryableError: 1, NonRetryableError: 1, Stopped: 1 },
      ObjectiveStatusCounters: { Succeeded: 2, Pending: 1, Failed: 2 },
    });
  });

  test('leave out what was stopped on its way, and follow the direction', () => {
    expect(bestOf(record(), [...listed, ...completed(0.7, 0.6)])).toMatchObject({ TrainingJobName: 't-0' });
    const minimize = request({ HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'dev' } });
    expect(bestOf(record({ request: minimize }), completed(0.7, 0.6))).toMatchObject({ TrainingJobName: 't-1' });
    expect(bestOf(record(), [summary('InProgress', 0.9)])).toBeUndefined();
  });
});

describe('a search ends', () => {
  const verdict = (
    summaries: Summary[],
    changes: Partial<HyperParameterTuningJobConfig> = limits(20),
    now = 0,
  ): ReturnType<typeof verdictOf> =>
    verdictOf(record({ request: request(changes), trials: tried(summaries.length) }), summaries, now);

  test('when all jobs have ended, and not before', () => {
    expect(verdict([...completed(0.1, 0.2, 0.3), summary('InProgress')], limits(4))).toBeUndefined();
    expect(verdict(completed(0.1, 0.2, 0.3, 0.4), limits(4))).toEqual({ status: 'Completed' });
  });

  test('as failed after five jobs without success, or when all there are failed', () => {
    const failed = Array.from({ length: 5 }, () => summary('Failed'));
    expect(verdict(failed.slice(1))).toBeUndefined();
    expect(verdict(failed)).toEqual({
      status: 'Failed',
      failureReason:
        'No training job succeeded after 5 attempts. Please take a look at the training job failures to get more details.',
    });
    expect(verdict(failed.slice(3), limits(2))).toMatchObject({ status: 'Failed' });
    expect(verdict([...failed, ...completed(0.1)])).toBeUndefined();
  });

  test('as failed when no job printed what the regex looks for', () => {
    expect(verdict([summary('Completed'), summary('Completed')], limits(2))?.failureReason).toMatch(
      /^No objective metrics found after running 2 training jobs\. /,
    );
  });

  test('as completed when every job was stopped by hand', () => {
    expect(verdict([summary('Stopped'), summary('Stopped')], limits(2))).toEqual({ status: 'Completed' });
  });

  test('when its time is over', () => {
    const limited = { ResourceLimits: { ...limits(20).ResourceLimits, MaxRuntimeInSeconds: 120 } };
    expect(verdict(completed(0.1), limited, 119_999)).toBeUndefined();
    expect(verdict(completed(0.1), limited, 120_000)).toEqual({ status: 'Completed' });
  });

  test('when a job reached the target, in the direction of the objective', () => {
    const criteria = { TuningJobCompletionCriteria: { TargetObjectiveMetricValue: 0.5 }, ...limits(20) };
    expect(verdict(completed(0.4), criteria)).toBeUndefined();
    expect(verdict(completed(0.5), criteria)).toEqual({ status: 'Completed' });
    const minimize = {
      ...criteria,
      HyperParameterTuningJobObjective: { Type: 'Minimize' as const, MetricName: 'dev' },
    };
    expect(verdict(completed(0.6), minimize)).toBeUndefined();
    expect(verdict(completed(0.5), minimize)).toEqual({ status: 'Completed' });
  });

  test('after the given number of jobs that were no better by one percent', () => {
    const criteria = {
      TuningJobCompletionCriteria: { BestObjectiveNotImproving: { MaxNumberOfTrainingJobsNotImproving: 3 } },
      ...limits(20),
    };
    expect(notImproving(record(), completed(0.5, 0.504, 0.4, 0.51, 0.51))).toBe(1);
    expect(verdict(completed(0.5, 0.504, 0.4), criteria)).toBeUndefined();
    expect(verdict(completed(0.5, 0.504, 0.4, 0.5), criteria)).toEqual({ status: 'Completed' });
  });

  test('when it has converged, where that is asked for', () => {
    const flat = completed(...Array.from({ length: 11 }, () => 0.5));
    const criteria = {
      TuningJobCompletionCriteria: { ConvergenceDetected: { CompleteOnConvergence: 'Enabled' as const } },
    };
    expect(verdict(flat)).toBeUndefined();
    expect(verdict(flat.slice(1), { ...criteria, ...limits(20) })).toBeUndefined();
    expect(verdict(flat, { ...criteria, ...limits(20) })).toEqual({ status: 'Completed' });
  });
});

const higher = (one: number, other: number): boolean => one > other;

describe('the median rule', () => {
  const finished = [
    [0.2, 0.4, 0.6],
    [0.3, 0.5, 0.7],
    [0.4, 0.6, 0.8],
  ];

  test('compares with the running averages at the same epoch', () => {
    // At epoch 2 the averages are 0.3, 0.4 and 0.5.
    expect(isBehindMedian([0.9, 0.39], finished, higher)).toBe(true);
    expect(isBehindMedian([0.1, 0.4], finished, higher)).toBe(false);
    expect(isBehindMedian([0.1, 0.41], finished, (one, other) => one < other)).toBe(true);
  });

  test('says nothing before the first value, nor with fewer than three to compare with', () => {
    expect(isBehindMedian([], finished, higher)).toBe(false);
    expect(isBehindMedian([0], finished.slice(1), higher)).toBe(false);
    expect(isBehindMedian([0, 0, 0], [...finished.slice(1), [0.1]], higher)).toBe(false);
  });
});

describe('Hyperband', () => {
  const halving = { min: 1, max: 9 };
  const one = (curve: number[], passed = 0, bracket = 0) => ({ curve, passed, bracket });

  test('takes the most epochs from its configuration, or from a static hyperparameter', () => {
    const given = { StrategyConfig: { HyperbandStrategyConfig: { MinResource: 2, MaxResource: 8 } } };
    expect(halvingOf(request({ Strategy: 'Hyperband', ...given }))).toEqual({ min: 2, max: 8 });
    const inferred = request({ Strategy: 'Hyperband' }, { StaticHyperParameters: { epochs: '4' } });
    expect(halvingOf(inferred)).toEqual({ min: 1, max: 4 });
    expect(halvingOf(request())).toBeUndefined();
  });

  test('lets the best third pass each rung', () => {
    const others = [[0.5], [0.6], [0.7], [0.8], [0.9]];
    expect(halve(one([0.85]), others, halving, higher)).toEqual({ stop: false, passed: 1 });
    expect(halve(one([0.75]), others, halving, higher)).toEqual({ stop: true, passed: 0 });
    // The first to come has nobody to compare with.
    expect(halve(one([0.1]), [], halving, higher)).toEqual({ stop: false, passed: 1 });
  });

  test('decides at each rung once', () => {
    const others = [
      [0.5, 0.5, 0.5],
      [0.6, 0.6, 0.6],
    ];
    expect(halve(one([0.1, 0.9, 0.9], 1), others, halving, higher)).toEqual({ stop: false, passed: 2 });
    expect(halve(one([0.1, 0.2], 1), others, halving, higher)).toEqual({ stop: false, passed: 1 });
  });

  test('stops what goes on beyond the most epochs', () => {
    expect(halve(one(Array<number>(9).fill(1), 2), [], halving, higher).stop).toBe(false);
    expect(halve(one(Array<number>(10).fill(1), 2), [], halving, higher).stop).toBe(true);
  });

  test('has brackets that begin later, and one that is never halved', () => {
    expect([0, 1, 2, 3].map((index) => bracketOf(index, halving))).toEqual([0, 1, 2, 0]);
    const better = [[0.9, 0.9, 0.9]];
    expect(halve(one([0.1], 0, 1), better, halving, higher).stop).toBe(false);
    expect(halve(one([0.1, 0.1, 0.1], 0, 1), better, halving, higher).stop).toBe(true);
    expect(halve(one(Array<number>(9).fill(0.1), 0, 2), better, halving, higher).stop).toBe(false);
  });
});

test('a simulated objective depends on the parameters alone', () => {
  const value = simulatedObjective({ rate: '0.001', kind: 'a' });
  expect(value).toBe(simulatedObjective({ kind: 'a', rate: '0.001' }));
  expect(value).not.toBe(simulatedObjective({ rate: '0.002', kind: 'a' }));
  expect(value).toBeGreaterThanOrEqual(0);
  expect(value).toBeLessThanOrEqual(1);
});

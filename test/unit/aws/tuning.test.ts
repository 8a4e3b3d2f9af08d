import { expect, test } from 'vitest';
import { requestRun } from '../../support/requestRun.js';
import { tuneRequest } from '../../../src/aws/requests/tuning.js';
import { trainRequest } from '../../../src/aws/requests/training.js';
import type { Run } from '../../../src/run/run.js';
import { placesOf } from '../../../src/spec/places.js';
import type { FineTuneSpecInput } from '../../../src/spec/schema.js';

const terms = (run: Run) => ({
  attempt: 1,
  place: placesOf(run.spec.compute.train)[0]!,
  limits: { maxRuntimeSeconds: 3600 },
});
const requested = (changes: Partial<FineTuneSpecInput>, pairs = 20_000) => {
  const run = requestRun(changes);
  const { HyperParameterTuningJobConfig: config, ...request } = tuneRequest(run, terms(run), pairs).request;
  return { config: config!, definition: request.TrainingJobDefinition!, ...request };
};

test('the number of trials is enough: the rest is the proven search space', () => {
  const { config, definition } = requested({ tune: { trials: 8 } });

  expect(config).toMatchObject({
    Strategy: 'Bayesian',
    ResourceLimits: { MaxNumberOfTrainingJobs: 8, MaxParallelTrainingJobs: 2 },
    HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'dev:ndcg@10' },
    TrainingJobEarlyStoppingType: 'Auto',
  });
  expect(config.ParameterRanges).toEqual({
    ContinuousParameterRanges: [
      { Name: 'learning_rate', MinValue: '0.00002', MaxValue: '0.0006', ScalingType: 'Logarithmic' },
    ],
    IntegerParameterRanges: [{ Name: 'epochs', MinValue: '1', MaxValue: '4', ScalingType: 'Auto' }],
    CategoricalParameterRanges: [
      { Name: 'batch_size', Values: ['64', '128', '256', '512'] },
      { Name: 'scale', Values: ['20', '50'] },
      { Name: 'hardness_strength', Values: ['0', '5', '9'] },
    ],
  });
  expect(definition.StaticHyperParameters).toMatchObject({ warmup: '0.1', weight_decay: '0.01' });
});

test('few pairs get small batches', () => {
  const { config } = requested({ tune: {} }, 700);

  expect(config.ParameterRanges!.CategoricalParameterRanges![0]).toEqual({ Name: 'batch_size', Values: ['16', '32'] });
});

test('nothing is static and tuned, and all the rest is as in a training job', () => {
  const { config, definition } = requested({ tune: {} });

  const training = trainRequest(requestRun({}), terms(requestRun({}))).request;
  const tuned = Object.values(config.ParameterRanges!)
    .flat()
    .map((range) => (range as { Name: string }).Name);
  expect(Object.keys(definition.StaticHyperParameters!).filter((key) => tuned.includes(key))).toEqual([]);
  const all = [...Object.keys(definition.StaticHyperParameters!), ...tuned];
  expect(Object.keys(training.HyperParameters!).filter((key) => !all.includes(key))).toEqual([]);
  expect(definition.InputDataConfig).toEqual(training.InputDataConfig);
});

test('trials share no checkpoint folder', () => {
  expect(requested({ tune: {} }).definition.CheckpointConfig).toBeUndefined();
});

test('a grid has no number of its own, and stops early like the others', () => {
  const parameters = { epochs: { values: [1, 2] }, scale: { values: [20, 50] } };
  const { config } = requested({ tune: { strategy: 'grid', parameters } });

  expect(config.ResourceLimits!.MaxNumberOfTrainingJobs).toBeUndefined();
  expect(config.TrainingJobEarlyStoppingType).toBe('Auto');
});

test('hyperband gets its epochs, and is left to stop trials by itself', () => {
  const { config } = requested({ train: { epochs: 9 }, tune: { strategy: 'hyperband' } });

  expect(config.StrategyConfig).toEqual({ HyperbandStrategyConfig: { MinResource: 1, MaxResource: 9 } });
  expect(config.TrainingJobEarlyStoppingType).toBe('Off');
  expect(config.ParameterRanges!.IntegerParameterRanges).toEqual([]);
});

test('several instance types are left to SageMaker, in the order of preference', () => {
  const instanceType = ['ml.g5.xlarge', 'ml.g4dn.xlarge'];
  const { definition } = requested({ tune: {}, compute: { train: { instanceType } } });

  expect(definition.ResourceConfig).toBeUndefined();
  expect(definition.HyperParameterTuningResourceConfig).toMatchObject({
    AllocationStrategy: 'Prioritized',
    InstanceConfigs: instanceType.map((type) => ({ InstanceType: type, InstanceCount: 1, VolumeSizeInGB: 50 })),
  });
});

test('warm start and completion criteria go through', () => {
  const { config, WarmStartConfig } = requested({
    tune: {
      warmStart: { from: ['attune-a-tune-1'], data: 'same' },
      stop: { target: 0.8, notImproving: 5, converged: true },
    },
  });

  expect(WarmStartConfig).toEqual({
    ParentHyperParameterTuningJobs: [{ HyperParameterTuningJobName: 'attune-a-tune-1' }],
    WarmStartType: 'IdenticalDataAndAlgorithm',
  });
  expect(config.TuningJobCompletionCriteria).toEqual({
    TargetObjectiveMetricValue: 0.8,
    BestObjectiveNotImproving: { MaxNumberOfTrainingJobsNotImproving: 5 },
    ConvergenceDetected: { CompleteOnConvergence: 'Enabled' },
  });
});

/**
 * The tuning job: the training job's own request, with ranges in the place of some hyperparameters.
 * @module
 */
import type {
  CreateHyperParameterTuningJobCommandInput,
  HyperParameterTrainingJobDefinition,
  HyperParameterTuningJobConfig,
  HyperParameterTuningJobWarmStartConfig,
  ParameterRanges,
} from '@aws-sdk/client-sagemaker';
import type { Place } from '../../spec/places.js';
import {
  parallelTrialsOf,
  rangesIn,
  searchSpaceOf,
  TUNED,
  type Range,
  type SearchSpace,
  type Tune,
  type TunedName,
} from '../../spec/searchSpace.js';
import { TRAINER_NAMES } from '../../spec/trainer.js';
import { tuningJobName } from '../names.js';
import type { BaseCopy, Run } from '../../run/run.js';
import { named, type JobTerms, type Named, type Unnamed } from './named.js';
import { OBJECTIVE, trainRequest } from './training.js';

/**
 * @param terms       their limits are the whole search's, by the clock; each trial has the training's own
 * @param trainPairs  how many the prepared data has
 * @param base        the copy of the base, where there is one
 */
export function tuneRequest(
  run: Run,
  { attempt, place, limits }: JobTerms,
  trainPairs?: number,
  base?: BaseCopy,
): Named<CreateHyperParameterTuningJobCommandInput> {
  const { tune } = run.spec;
  if (tune === undefined) throw new Error('a run without tuning has no tuning job');
  const space = searchSpaceOf(run.spec, trainPairs);
  const request: Unnamed<CreateHyperParameterTuningJobCommandInput, 'HyperParameterTuningJobName'> = {
    HyperParameterTuningJobConfig: configOf(run, tune, space, limits),
    TrainingJobDefinition: definitionOf(run, { attempt, place }, space, base),
    WarmStartConfig: warmStartOf(tune),
  };
  return named<CreateHyperParameterTuningJobCommandInput>(run, 'tune', attempt, request, tuningJobName, (name) => ({
    HyperParameterTuningJobName: name,
  }));
}

const STRATEGIES = { bayesian: 'Bayesian', random: 'Random', grid: 'Grid', hyperband: 'Hyperband' } as const;

/** SageMaker takes no shorter one. */
const LEAST_SEARCH_SECONDS = 120;

function configOf(
  { spec }: Run,
  tune: Tune,
  space: SearchSpace,
  { stopAfterSeconds = Infinity }: JobTerms['limits'],
): HyperParameterTuningJobConfig {
  const { strategy, trials, stop, seed } = tune;
  const seconds = Math.min(stop.maxSeconds ?? Infinity, Math.max(stopAfterSeconds, LEAST_SEARCH_SECONDS));
  const hyperband = strategy === 'hyperband';
  return {
    Strategy: STRATEGIES[strategy],
    StrategyConfig: hyperband
      ? { HyperbandStrategyConfig: { MinResource: 1, MaxResource: spec.train.epochs } }
      : undefined,
    HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: OBJECTIVE },
    ResourceLimits: {
      // A grid's number is its combinations; SageMaker takes no other.
      MaxNumberOfTrainingJobs: strategy === 'grid' ? undefined : trials,
      MaxParallelTrainingJobs: parallelTrialsOf(tune),
      MaxRuntimeInSeconds: Number.isFinite(seconds) ? seconds : undefined,
    },
    ParameterRanges: parameterRangesOf(space),
    TrainingJobEarlyStoppingType: (tune.earlyStopping ?? !hyperband) ? 'Auto' : 'Off',
    TuningJobCompletionCriteria: {
      TargetObjectiveMetricValue: stop.target,
      BestObjectiveNotImproving: stop.notImproving && { MaxNumberOfTrainingJobsNotImproving: stop.notImproving },
      ConvergenceDetected: { CompleteOnConvergence: stop.converged ? 'Enabled' : 'Disabled' },
    } as HyperParameterTuningJobConfig['TuningJobCompletionCriteria'],
    RandomSeed: seed,
  };
}

const SCALINGS = {
  auto: 'Auto',
  linear: 'Linear',
  logarithmic: 'Logarithmic',
  reverseLogarithmic: 'ReverseLogarithmic',
} as const;

/** Bounds and values are text. A value is JSON, as the toolkit reads it: of a number that is its plain form. */
function parameterRangesOf(space: SearchSpace): ParameterRanges {
  const ranges = rangesIn(space);
  const numeric = (whole: boolean) =>
    ranges.flatMap(([name, range]: [TunedName, Range]) =>
      'values' in range || TUNED[name].whole !== whole
        ? []
        : [
            {
              Name: TRAINER_NAMES[name],
              MinValue: String(range.min),
              MaxValue: String(range.max),
              ScalingType: SCALINGS[range.scaling],
            },
          ],
    );
  return {
    ContinuousParameterRanges: numeric(false),
    IntegerParameterRanges: numeric(true),
    CategoricalParameterRanges: ranges.flatMap(([name, range]) =>
      'values' in range
        ? [{ Name: TRAINER_NAMES[name], Values: range.values.map((value) => JSON.stringify(value)) }]
        : [],
    ),
  };
}

/** Without a checkpoint folder: the trainings would share it, and one would go on from another's weights. */
function definitionOf(
  run: Run,
  { attempt, place }: Pick<JobTerms, 'attempt' | 'place'>,
  space: SearchSpace,
  base: BaseCopy | undefined,
): HyperParameterTrainingJobDefinition {
  const limits = { maxRuntimeSeconds: run.spec.compute.train.maxRuntimeSeconds };
  const { request } = trainRequest(run, { attempt, place, limits }, base);
  const { AlgorithmSpecification, HyperParameters, ResourceConfig, ...training } = request;
  const tuned = new Set<string>(rangesIn(space).map(([name]) => TRAINER_NAMES[name]));
  return {
    AlgorithmSpecification: {
      TrainingImage: AlgorithmSpecification!.TrainingImage,
      TrainingInputMode: AlgorithmSpecification!.TrainingInputMode,
      MetricDefinitions: AlgorithmSpecification!.MetricDefinitions,
    },
    StaticHyperParameters: Object.fromEntries(Object.entries(HyperParameters!).filter(([key]) => !tuned.has(key))),
    RoleArn: training.RoleArn,
    InputDataConfig: training.InputDataConfig,
    OutputDataConfig: training.OutputDataConfig,
    ...instancesOf(run, place, ResourceConfig!.VolumeKmsKeyId),
    StoppingCondition: training.StoppingCondition,
    EnableManagedSpotTraining: training.EnableManagedSpotTraining,
    VpcConfig: training.VpcConfig,
    EnableNetworkIsolation: training.EnableNetworkIsolation,
    EnableInterContainerTrafficEncryption: training.EnableInterContainerTrafficEncryption,
    Environment: training.Environment,
  };
}

/** Several types in the order of preference, for SageMaker to choose from; or one. */
function instancesOf(
  { spec }: Run,
  { instanceTypes }: Place,
  VolumeKmsKeyId: string | undefined,
): Partial<HyperParameterTrainingJobDefinition> {
  const { count, volumeGb } = spec.compute.train;
  const configs = instanceTypes.map((type) => ({
    InstanceType: type as never,
    InstanceCount: count,
    VolumeSizeInGB: volumeGb,
  }));
  return configs.length === 1
    ? { ResourceConfig: { ...configs[0]!, VolumeKmsKeyId } }
    : {
        HyperParameterTuningResourceConfig: {
          InstanceConfigs: configs,
          AllocationStrategy: 'Prioritized',
          VolumeKmsKeyId,
        },
      };
}

function warmStartOf({ warmStart }: Tune): HyperParameterTuningJobWarmStartConfig | undefined {
  return (
    warmStart && {
      ParentHyperParameterTuningJobs: warmStart.from.map((name) => ({ HyperParameterTuningJobName: name })),
      WarmStartType: warmStart.data === 'same' ? 'IdenticalDataAndAlgorithm' : 'TransferLearning',
    }
  );
}

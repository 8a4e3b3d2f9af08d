/**
 * What AWS asks of a tuning job beyond its service model; and what this emulator does not do.
 * @module
 */
import type {
  CreateHyperParameterTuningJobRequest,
  HyperParameterTrainingJobDefinition,
} from '@aws-sdk/client-sagemaker';
import { invalid } from '../errors.js';
import type { Halving } from './earlyStopping.js';
import { combinations, rangesOf, type Categories, type NumberRange, type Range } from './suggestions.js';

interface Subject {
  request: CreateHyperParameterTuningJobRequest;
  config: NonNullable<CreateHyperParameterTuningJobRequest['HyperParameterTuningJobConfig']>;
  definition: Partial<HyperParameterTrainingJobDefinition>;
  ranges: Range[];
}
type Rule = (subject: Subject) => string | undefined;

const MOST_TUNED = 30;
const MOST_HYPERPARAMETERS = 100;
const MOST_PARALLEL = 100;
const MOST_JOBS = 750;
const MOST_RANDOM_JOBS = 10_000;
const MOST_EPOCHS = 20_000;
/** Static hyperparameters that tell Hyperband its MaxResource. */
const EPOCHS = ['epochs', 'numepochs', 'n-epochs', 'n_epochs', 'num_epochs'];

const isNotAutotuned: Rule = ({ request, config }) => {
  if (request.Autotune) return 'Autotune: the local SageMaker searches the ranges it is given only.';
  return config.ParameterRanges?.AutoParameters?.length
    ? 'ParameterRanges.AutoParameters: the local SageMaker searches the ranges it is given only.'
    : undefined;
};

const hasOneDefinition: Rule = ({ request: { TrainingJobDefinition, TrainingJobDefinitions } }) => {
  if (!TrainingJobDefinition === !TrainingJobDefinitions) {
    return 'Specify exactly one of TrainingJobDefinition and TrainingJobDefinitions.';
  }
  return TrainingJobDefinitions && 'TrainingJobDefinitions: the local SageMaker takes one TrainingJobDefinition only.';
};

const leavesTheRestToTheConfig: Rule = ({ definition: { TuningObjective, HyperParameterRanges } }) =>
  TuningObjective || HyperParameterRanges
    ? 'TuningObjective and HyperParameterRanges of a definition can be specified only with TrainingJobDefinitions.'
    : undefined;

const hasAnObjective: Rule = ({ config, definition }) => {
  const objective = config.HyperParameterTuningJobObjective;
  if (!objective) return 'HyperParameterTuningJobObjective is required with TrainingJobDefinition.';
  const defined = definition.AlgorithmSpecification?.MetricDefinitions ?? [];
  return defined.some(({ Name }) => Name === objective.MetricName)
    ? undefined
    : 'A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric definitions.';
};

const hasRanges: Rule = ({ ranges }) => {
  if (ranges.length === 0) return 'ParameterRanges: at least one hyperparameter range is required.';
  return ranges.length > MOST_TUNED
    ? `ParameterRanges: ${ranges.length} hyperparameters are tuned, at most ${MOST_TUNED} can be.`
    : undefined;
};

const namesDiffer: Rule = ({ ranges, definition: { StaticHyperParameters = {} } }) => {
  const names = [...ranges.map(({ name }) => name), ...Object.keys(StaticHyperParameters)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `Hyperparameter '${twice}' is specified more than once.`;
  return names.length > MOST_HYPERPARAMETERS
    ? `${names.length} static and tuned hyperparameters, at most ${MOST_HYPERPARAMETERS} are allowed.`
    : undefined;
};

const rangesHold: Rule = ({ ranges }) => {
  for (const range of ranges) {
    const problem = range.type === 'categorical' ? categoryProblem(range) : rangeProblem(range);
    if (problem) return `Range of hyperparameter '${range.name}': ${problem}`;
  }
  return undefined;
};

function categoryProblem({ values }: Categories): string | undefined {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  return twice === undefined ? undefined : `value '${twice}' is listed more than once.`;
}

function rangeProblem({ type, min, max, scaling }: NumberRange): string | undefined {
  const isNumber = type === 'integer' ? /^[-+]?\d+$/ : /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
  for (const text of [min, max]) if (!isNumber.test(text)) return `'${text}' is not of type ${type}.`;
  const [low, high] = [Number(min), Number(max)];
  if (low > high) return `MinValue ${min} is above MaxValue ${max}.`;
  if (scaling === 'Logarithmic' && low <= 0) return `Logarithmic scaling needs values above 0, not ${min}.`;
  if (scaling !== 'ReverseLogarithmic') return undefined;
  if (type === 'integer') return 'ReverseLogarithmic scaling is for continuous hyperparameters.';
  return low < 0 || high >= 1 ? `ReverseLogarithmic scaling needs 0 <= x < 1, not ${min} to ${max}.` : undefined;
}

const countsJobs: Rule = ({ config: { Strategy, ResourceLimits }, ranges }) => {
  const { MaxNumberOfTrainingJobs: jobs, MaxParallelTrainingJobs: parallel = 1 } = ResourceLimits ?? {};
  if (parallel > MOST_PARALLEL) return `MaxParallelTrainingJobs ${parallel} is above the limit of ${MOST_PARALLEL}.`;
  const possible = combinations(ranges);
  if (Strategy === 'Grid') {
    if (ranges.some(({ type }) => type !== 'categorical'))
      return 'Strategy Grid takes CategoricalParameterRanges only.';
    return jobs !== undefined && jobs !== possible
      ? `MaxNumberOfTrainingJobs ${jobs} is not the number of combinations of the categorical values, ${possible}; leave it out.`
      : tooMany(possible, MOST_JOBS);
  }
  if (jobs === undefined) return 'ResourceLimits: MaxNumberOfTrainingJobs is required.';
  if (possible < jobs) {
    return (
      "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter combinations for " +
      `the provided ranges [${possible}] must be equal or greater than the value of MaxNumberOfJobs, [${jobs}]. Provide ` +
      'additional ranges.'
    );
  }
  return tooMany(jobs, Strategy === 'Random' ? MOST_RANDOM_JOBS : MOST_JOBS);
};

const tooMany = (jobs: number, most: number): string | undefined =>
  jobs > most ? `MaxNumberOfTrainingJobs ${jobs} is above the limit of ${most}.` : undefined;

const hyperbandKnowsItsResource: Rule = ({ request, config }) => {
  if (config.Strategy !== 'Hyperband') {
    return config.StrategyConfig?.HyperbandStrategyConfig && 'HyperbandStrategyConfig needs Strategy Hyperband.';
  }
  if (config.TrainingJobEarlyStoppingType === 'Auto') {
    return 'Strategy Hyperband stops training jobs by itself: TrainingJobEarlyStoppingType must be Off.';
  }
  const { min, max } = halvingOf(request)!;
  if (Number.isNaN(max)) {
    return `Strategy Hyperband: specify MaxResource, or one of ${EPOCHS.join(', ')} as a static hyperparameter.`;
  }
  if (max > MOST_EPOCHS) return `MaxResource ${max} is above the limit of ${MOST_EPOCHS}.`;
  return min > max ? `MinResource ${min} is above MaxResource ${max}.` : undefined;
};

/** The resource of Hyperband, in epochs; undefined with other strategies. Max is NaN where nothing tells it. */
export function halvingOf({
  HyperParameterTuningJobConfig: config,
  TrainingJobDefinition: definition,
}: Pick<CreateHyperParameterTuningJobRequest, 'HyperParameterTuningJobConfig' | 'TrainingJobDefinition'>):
  Halving | undefined {
  if (config?.Strategy !== 'Hyperband') return undefined;
  const { MinResource = 1, MaxResource } = config.StrategyConfig?.HyperbandStrategyConfig ?? {};
  const given = EPOCHS.map((name) => definition?.StaticHyperParameters?.[name]).find((value) => value !== undefined);
  // Script mode: the value may be JSON-encoded text.
  const epochs = Number.parseInt((given ?? '').replaceAll('"', ''), 10);
  return { min: MinResource, max: MaxResource ?? epochs };
}

const namesItsInstances: Rule = ({ definition: { ResourceConfig, HyperParameterTuningResourceConfig: flexible } }) => {
  if (!ResourceConfig === !flexible) {
    return 'Specify exactly one of ResourceConfig and HyperParameterTuningResourceConfig.';
  }
  if (ResourceConfig?.KeepAlivePeriodInSeconds !== undefined) {
    return 'ResourceConfig: KeepAlivePeriodInSeconds is not for tuning jobs, which keep their instances by themselves.';
  }
  if (ResourceConfig?.InstancePreferences) {
    return 'ResourceConfig: InstancePreferences is not for tuning jobs; use HyperParameterTuningResourceConfig.InstanceConfigs.';
  }
  const { InstanceConfigs, InstanceType, InstanceCount, VolumeSizeInGB } = flexible ?? {};
  const single = InstanceType ?? InstanceCount ?? VolumeSizeInGB;
  return InstanceConfigs && single !== undefined
    ? 'HyperParameterTuningResourceConfig: InstanceConfigs excludes InstanceType, InstanceCount and VolumeSizeInGB.'
    : undefined;
};

const RULES: Rule[] = [
  isNotAutotuned,
  hasOneDefinition,
  leavesTheRestToTheConfig,
  hasAnObjective,
  hasRanges,
  namesDiffer,
  rangesHold,
  hyperbandKnowsItsResource,
  countsJobs,
  namesItsInstances,
];

/** @throws ValidationException with the first rule that is broken, one at a time like AWS */
export function requireTunable(request: CreateHyperParameterTuningJobRequest): void {
  const config = request.HyperParameterTuningJobConfig!;
  const definition = request.TrainingJobDefinition ?? {};
  const subject = { request, config, definition, ranges: rangesOf(config.ParameterRanges) };
  for (const rule of RULES) {
    const problem = rule(subject);
    if (problem) throw invalid(problem);
  }
}

/**
 * Rules on the hyperparameter search.
 * @module
 */
import { problem, type Problem } from '../problem.js';
import { trainSchema, type FineTuneSpec } from '../schema.js';
import {
  combinationsOf,
  parallelTrialsOf,
  rangesIn,
  searchSpaceOf,
  TUNED,
  type Range,
  type TunedName,
} from '../searchSpace.js';
import type { Rule } from './rule.js';

/** Of what a person wrote; the defaults keep the rules. */
const eachRange = (
  { tune }: FineTuneSpec,
  check: (range: Range, name: TunedName, field: string) => Problem[],
): Problem[] =>
  rangesIn(tune?.parameters ?? {}).flatMap(([name, range]) => check(range, name, `tune.parameters.${name}`));

const aSearchHasParameters: Rule = ({ tune }) =>
  tune?.parameters && rangesIn(tune.parameters).length === 0
    ? [problem('tune.parameters', {}, 'at least one parameter', 'name one, or leave parameters out for the default')]
    : [];

const rangesGoUp: Rule = (spec) =>
  eachRange(spec, (range, _, field) =>
    'values' in range || range.min < range.max
      ? []
      : [problem(field, { min: range.min, max: range.max }, 'min below max', 'exchange them, or name values instead')],
  );

const valuesAreDifferent: Rule = (spec) =>
  eachRange(spec, (range, _, field) => {
    if (!('values' in range) || new Set(range.values).size === range.values.length) return [];
    return [problem(`${field}.values`, range.values, 'each value once', 'remove the repetition')];
  });

const rangesLieWithinWhatTrainTakes: Rule = (spec) =>
  eachRange(spec, (range, name, field) => {
    const ends = 'values' in range ? range.values.entries() : Object.entries({ min: range.min, max: range.max });
    return [...ends].flatMap(([end, value]) => {
      const taken = trainSchema.shape[name].safeParse(value);
      if (taken.success) return [];
      const place = typeof end === 'number' ? `${field}.values[${end}]` : `${field}.${end}`;
      const { message } = taken.error.issues[0]!;
      return [problem(place, value, `what train.${name} takes (${message})`, 'change it to such a value')];
    });
  });

const scalingFitsItsRange: Rule = (spec) =>
  eachRange(spec, (range, name, field) => {
    if ('values' in range) return [];
    const { min, max, scaling } = range;
    if (scaling === 'logarithmic' && min <= 0)
      return [problem(`${field}.min`, min, 'above 0, because scaling is logarithmic', 'raise it, or write linear')];
    if (scaling === 'reverseLogarithmic' && TUNED[name].whole)
      return [problem(`${field}.scaling`, scaling, 'auto, linear or logarithmic for whole numbers', 'write linear')];
    return scaling === 'reverseLogarithmic' && (min < 0 || max >= 1)
      ? [problem(field, { min, max }, 'from 0 to below 1, because scaling is reverseLogarithmic', 'write linear')]
      : [];
  });

const tunedBatchesFitMaxPairs: Rule = ({ tune, train: { maxPairs = Infinity } }) => {
  const range = tune?.parameters?.batchSize;
  const most = range && ('values' in range ? Math.max(...range.values) : range.max);
  return most !== undefined && most > maxPairs
    ? [
        problem(
          'tune.parameters.batchSize',
          most,
          `at most train.maxPairs (${maxPairs})`,
          'lower it, or raise maxPairs',
        ),
      ]
    : [];
};

const MOST_TRIALS = { random: 10_000, others: 750 };

const trialsAreWithinAwsLimits: Rule = ({ tune }) => {
  if (!tune) return [];
  const most = tune.strategy === 'random' ? MOST_TRIALS.random : MOST_TRIALS.others;
  const rule = `at most ${most} with the strategy ${tune.strategy}, SageMaker's limit`;
  return tune.trials > most ? [problem('tune.trials', tune.trials, rule, `write ${most} or less`)] : [];
};

const notMoreTrialsAtOnceThanTrials: Rule = ({ tune }) =>
  tune && parallelTrialsOf(tune) > tune.trials
    ? [
        problem(
          'tune.parallel',
          tune.parallel,
          `at most tune.trials (${tune.trials})`,
          'lower it, or raise tune.trials',
        ),
      ]
    : [];

const trialsDoNotOutnumberTheirSettings: Rule = ({ tune, base, train }) => {
  if (!tune?.parameters || tune.strategy === 'grid' || rangesIn(tune.parameters).length === 0) return [];
  const combinations = combinationsOf(searchSpaceOf({ tune, base, train }));
  const rule = `at most ${combinations}, as many different settings as tune.parameters has`;
  return tune.trials > combinations
    ? [problem('tune.trials', tune.trials, rule, `write ${combinations} or less, or widen the ranges`)]
    : [];
};

const aGridIsOfValues: Rule = (spec) => {
  if (spec.tune?.strategy !== 'grid') return [];
  if (!spec.tune.parameters)
    return [
      problem(
        'tune.parameters',
        undefined,
        'values to combine, because strategy is grid',
        'name {values: […]} for each',
      ),
    ];
  return eachRange(spec, (range, _, field) =>
    'values' in range
      ? []
      : [problem(field, { min: range.min, max: range.max }, 'values, because strategy is grid', 'write {values: […]}')],
  );
};

const aGridFitsItsTrials: Rule = ({ tune, base, train }) => {
  if (tune?.strategy !== 'grid' || !tune.parameters) return [];
  const combinations = combinationsOf(searchSpaceOf({ tune, base, train }));
  if (!Number.isFinite(combinations) || combinations <= tune.trials) return [];
  const rule = `at least ${combinations}, the combinations of the grid: each is tried`;
  return [problem('tune.trials', tune.trials, rule, `write ${combinations}, or name fewer values`)];
};

const hyperbandStopsTrialsItself: Rule = ({ tune }) =>
  tune?.strategy === 'hyperband' && tune.earlyStopping
    ? [problem('tune.earlyStopping', true, 'false, because hyperband stops trials by itself', 'leave it out')]
    : [];

const LEAST_HYPERBAND_EPOCHS = 3;

const hyperbandKnowsTheEpochs: Rule = ({ tune, train: { epochs } }) => {
  if (tune?.strategy !== 'hyperband') return [];
  if (tune.parameters?.epochs)
    return [
      problem(
        'tune.parameters.epochs',
        tune.parameters.epochs,
        'nothing, because hyperband shares out the epochs itself',
        'remove it and set train.epochs, the most a trial gets',
      ),
    ];
  const rule = `at least ${LEAST_HYPERBAND_EPOCHS}, because hyperband stops trials between epochs`;
  return epochs < LEAST_HYPERBAND_EPOCHS
    ? [problem('train.epochs', epochs, rule, 'raise it, or choose another tune.strategy')]
    : [];
};

const warmStartsNameTuningJobsOnce: Rule = ({ tune }) => {
  const from = tune?.warmStart?.from ?? [];
  return from.flatMap((name, i) => {
    const field = `tune.warmStart.from[${i}]`;
    if (!/^(?=.{1,32}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(name))
      return [problem(field, name, 'the name of a tuning job', 'copy it from `attune show`')];
    return from.indexOf(name) < i ? [problem(field, name, 'each tuning job once', 'remove the repetition')] : [];
  });
};

export const tuneRules = {
  aSearchHasParameters,
  rangesGoUp,
  valuesAreDifferent,
  rangesLieWithinWhatTrainTakes,
  scalingFitsItsRange,
  tunedBatchesFitMaxPairs,
  trialsAreWithinAwsLimits,
  notMoreTrialsAtOnceThanTrials,
  trialsDoNotOutnumberTheirSettings,
  aGridIsOfValues,
  aGridFitsItsTrials,
  hyperbandStopsTrialsItself,
  hyperbandKnowsTheEpochs,
  warmStartsNameTuningJobsOnce,
} as const satisfies Record<string, Rule>;

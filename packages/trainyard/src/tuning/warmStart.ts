/**
 * Warm start: what a tuning job may take over from earlier ones, and what it learns from them.
 * @module
 */
import type { CreateHyperParameterTuningJobRequest } from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.js';
import { invalid } from '../errors.js';
import { definitionOf, isOver, objectiveOf, TUNING_JOB, type Summary, type TuningRecord } from './record.js';
import { rangesOf, type Observation } from './suggestions.js';
import { bestOf, resultOf } from './trials.js';

type Request = CreateHyperParameterTuningJobRequest;

/** AWS counts each hyperparameter that was made static, and each static one with another value, as two changes. */
const MOST_CHANGES = 10;

/** @throws ValidationException for parents that are not there, still run, or searched something else */
export function parentsOf(request: Request, { store }: Context): TuningRecord[] {
  const { ParentHyperParameterTuningJobs = [], WarmStartType } = request.WarmStartConfig ?? {};
  return ParentHyperParameterTuningJobs.map(({ HyperParameterTuningJobName: name = '' }) => {
    const parent = store.get<TuningRecord>(TUNING_JOB, name);
    if (!parent) throw invalid(`WarmStartConfig: there is no hyperparameter tuning job '${name}' to start from.`);
    const problem = relationProblem(request, parent, WarmStartType === 'IdenticalDataAndAlgorithm');
    if (problem) throw invalid(`WarmStartConfig, parent '${name}': ${problem}`);
    return parent;
  });
}

function relationProblem(request: Request, parent: TuningRecord, isIdentical: boolean): string | undefined {
  if (!isOver(parent)) return `it is in status ${parent.status}; a parent must be Completed, Stopped or Failed.`;
  const config = request.HyperParameterTuningJobConfig!;
  const [own, theirs] = [config.HyperParameterTuningJobObjective, objectiveOf(parent)];
  if (own?.MetricName !== theirs.MetricName || own?.Type !== theirs.Type) {
    return `its objective is ${theirs.Type} ${theirs.MetricName}, this one's is ${own?.Type} ${own?.MetricName}.`;
  }
  return hyperparameterProblem(request, parent) ?? (isIdentical ? identityProblem(request, parent) : undefined);
}

function hyperparameterProblem(request: Request, parent: TuningRecord): string | undefined {
  const own = { tuned: tunedOf(request), fixed: fixedOf(request) };
  const theirs = { tuned: tunedOf(parent.request), fixed: fixedOf(parent.request) };
  const count = (one: typeof own): number => one.tuned.size + Object.keys(one.fixed).length;
  if (count(own) !== count(theirs)) {
    return (
      `it has ${count(theirs)} static and tuned hyperparameters together, this one ${count(own)}; their number must ` +
      'be the same.'
    );
  }
  for (const [name, type] of own.tuned) {
    const before = theirs.tuned.get(name);
    if (before && before !== type) return `hyperparameter '${name}' was ${before} there and is ${type} here.`;
  }
  const fixed = Object.entries(own.fixed);
  const changed = fixed.filter(
    ([name, value]) => theirs.tuned.has(name) || (theirs.fixed[name] ?? value) !== value,
  ).length;
  return 2 * changed > MOST_CHANGES
    ? `${changed} hyperparameters were made static or have another static value; at most ${MOST_CHANGES / 2} may.`
    : undefined;
}

function identityProblem(request: Request, parent: TuningRecord): string | undefined {
  const { AlgorithmSpecification, InputDataConfig } = definitionOf({ request });
  const before = definitionOf(parent);
  if (AlgorithmSpecification?.TrainingImage !== before.AlgorithmSpecification?.TrainingImage) {
    return 'IdenticalDataAndAlgorithm needs the same TrainingImage; use TransferLearning.';
  }
  const uris = (channels: typeof InputDataConfig = []): string =>
    JSON.stringify(
      channels.map(({ ChannelName, DataSource }) => [ChannelName, DataSource?.S3DataSource?.S3Uri]).sort(),
    );
  return uris(InputDataConfig) === uris(before.InputDataConfig)
    ? undefined
    : 'IdenticalDataAndAlgorithm needs the same input data; use TransferLearning.';
}

const tunedOf = ({ HyperParameterTuningJobConfig: config }: TuningRecord['request']): Map<string, string> =>
  new Map(rangesOf(config?.ParameterRanges).map(({ name, type }) => [name, type]));

const fixedOf = (request: TuningRecord['request']): Record<string, string> =>
  definitionOf({ request }).StaticHyperParameters ?? {};

/** Warm start is not recursive: the parents' own trials, not those that they learned from. */
export function learnedFrom(parents: TuningRecord[]): Observation[] {
  return parents.flatMap((parent) =>
    summariesOf(parent).flatMap((summary) => {
      const value = resultOf(summary);
      if (value === undefined) return [];
      // What was static there may be tuned here.
      return [{ parameters: { ...fixedOf(parent.request), ...summary.TunedHyperParameters }, value }];
    }),
  );
}

export function bestOfParents(parents: TuningRecord[]): Summary | undefined {
  const [first] = parents;
  const named = parents.flatMap((parent) =>
    summariesOf(parent).map((summary) => ({ ...summary, TuningJobName: parent.name })),
  );
  return first && bestOf(first, named);
}

/** Of a tuning job that is over: all its training jobs have ended. */
const summariesOf = ({ trials }: TuningRecord): Summary[] => trials.flatMap(({ end }) => end?.summary ?? []);

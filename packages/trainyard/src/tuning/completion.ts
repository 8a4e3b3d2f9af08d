/**
 * When a tuning job launches no further training jobs.
 * @module
 */
import { seconds } from '../context.js';
import { configOf, isBetter, objectiveOf, type Ending, type Summary, type TuningRecord } from './record.js';
import { combinations, rangesOf } from './suggestions.js';
import { hasEnded, resultOf } from './trials.js';

/** So many training jobs without a result, and the tuning job is given up. */
const MOST_FUTILE = 5;
/** Of a training job's objective over the best before it; less is no improvement. */
const IMPROVEMENT = 0.01;
/** AWS does not tell how it detects convergence. Here: so many results in a row without an improvement. */
const CONVERGED_AFTER = 10;

/** Training jobs at most; a grid has as many as combinations. */
export function mostTrials(record: TuningRecord): number {
  const { ResourceLimits, ParameterRanges } = configOf(record);
  return ResourceLimits?.MaxNumberOfTrainingJobs ?? combinations(rangesOf(ParameterRanges));
}

/** @returns how it is to end; undefined: it goes on */
export function verdictOf(record: TuningRecord, summaries: Summary[], now: number): Ending | undefined {
  const { ResourceLimits, TuningJobCompletionCriteria: criteria = {} } = configOf(record);
  const limit = ResourceLimits?.MaxRuntimeInSeconds ?? Infinity;
  if (seconds(now - record.createdAt) >= limit) return { status: 'Completed' };

  const isExhausted = record.trials.length >= mostTrials(record) && summaries.length === record.trials.length;
  const isDone = isExhausted && summaries.every(hasEnded);
  const failureReason = futility(summaries, isDone);
  if (failureReason) return { status: 'Failed', failureReason };

  const idle = notImproving(record, summaries);
  const most = criteria.BestObjectiveNotImproving?.MaxNumberOfTrainingJobsNotImproving ?? Infinity;
  const converges = criteria.ConvergenceDetected?.CompleteOnConvergence === 'Enabled';
  const isEnough =
    hasReached(record, summaries, criteria.TargetObjectiveMetricValue) ||
    idle >= most ||
    (converges && idle >= CONVERGED_AFTER);
  return isDone || isEnough ? { status: 'Completed' } : undefined;
}

export const hasConverged = (record: TuningRecord, summaries: Summary[]): boolean =>
  notImproving(record, summaries) >= CONVERGED_AFTER;

/** In AWS's words. A job that was stopped is no failure: it may have been stopped by hand. */
function futility(summaries: Summary[], isDone: boolean): string | undefined {
  if (summaries.some((summary) => resultOf(summary) !== undefined)) return undefined;
  const completed = summaries.filter(({ TrainingJobStatus }) => TrainingJobStatus === 'Completed').length;
  const attempts = completed + summaries.filter(({ TrainingJobStatus }) => TrainingJobStatus === 'Failed').length;
  if (attempts < MOST_FUTILE && !(isDone && attempts > 0)) return undefined;
  return completed > 0
    ? `No objective metrics found after running ${attempts} training jobs. Please ensure that the custom algorithm is ` +
        'emitting the objective metric as defined by the regular expression provided.'
    : `No training job succeeded after ${attempts} attempts. Please take a look at the training job failures to get ` +
        'more details.';
}

const hasReached = (record: TuningRecord, summaries: Summary[], target: number | undefined): boolean =>
  target !== undefined &&
  summaries.some((summary) => {
    const value = resultOf(summary);
    return value !== undefined && !isBetter(record, target, value);
  });

/** How many results in a row, in the order of their end, were no improvement of more than 1 % on all before. */
export function notImproving(record: TuningRecord, summaries: Summary[]): number {
  const sign = objectiveOf(record).Type === 'Maximize' ? 1 : -1;
  const values = summaries
    .filter((summary) => resultOf(summary) !== undefined)
    .sort((a, b) => (a.TrainingEndTime ?? 0) - (b.TrainingEndTime ?? 0))
    .map((summary) => sign * resultOf(summary)!);
  let best = -Infinity;
  let idle = 0;
  for (const value of values) {
    const improves = best === -Infinity || value - best > IMPROVEMENT * Math.abs(best);
    idle = improves ? 0 : idle + 1;
    best = Math.max(best, value);
  }
  return idle;
}

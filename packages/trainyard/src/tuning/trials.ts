/**
 * The training jobs of a tuning job, as its API shows them: summaries, counters, the best.
 * @module
 */
import { arnOf, seconds, type Context } from '../context.js';
import { statusOf, timesOf } from '../jobs/training.js';
import type { JobRecord, Jobs } from '../jobs/supervisor.js';
import { isBetter, objectiveOf, type Summary, type Trial, type TuningRecord } from './record.js';

export const hasEnded = ({ TrainingJobStatus }: Summary): boolean =>
  TrainingJobStatus !== 'InProgress' && TrainingJobStatus !== 'Stopping';

/** The objective of a trial that counts: it has ended, and not by failing. */
export const resultOf = ({ ObjectiveStatus, ...summary }: Summary): number | undefined =>
  ObjectiveStatus === 'Succeeded' ? summary.FinalHyperParameterTuningJobObjectiveMetric?.Value : undefined;

/** Of the launched trials, in the order of their launch. */
export const summariesOf = (record: TuningRecord, context: Context, jobs: Jobs): Summary[] =>
  record.trials.filter(({ launched }) => launched).map((trial) => summaryOf(record, trial, context, jobs));

export function summaryOf(record: TuningRecord, trial: Trial, context: Context, jobs: Jobs): Summary {
  if (trial.end) return trial.end.summary;
  const job = jobs.get<JobRecord>('training-job', trial.name);
  if (!job) return deleted(trial, context);
  const status = statusOf(job);
  const { MetricName } = objectiveOf(record);
  const value = job.state.metrics.find((metric) => metric.MetricName === MetricName)?.Value;
  const { TrainingStartTime, TrainingEndTime } = timesOf(job) as Pick<Summary, 'TrainingStartTime' | 'TrainingEndTime'>;
  return {
    TrainingJobName: trial.name,
    TrainingJobArn: job.arn,
    CreationTime: seconds(job.createdAt),
    TrainingStartTime,
    TrainingEndTime,
    TrainingJobStatus: status,
    TunedHyperParameters: trial.parameters,
    FailureReason: job.state.failureReason,
    FinalHyperParameterTuningJobObjectiveMetric:
      value === undefined || status === 'Failed' ? undefined : { MetricName, Value: value },
    ObjectiveStatus: objectiveStatus(status, value),
  };
}

function objectiveStatus(status: string, value: number | undefined): Summary['ObjectiveStatus'] {
  if (status === 'InProgress' || status === 'Stopping') return 'Pending';
  return status === 'Failed' || value === undefined ? 'Failed' : 'Succeeded';
}

/** Ended and deleted between two looks: what it found is lost with it. */
const deleted = ({ name, parameters }: Trial, context: Context): Summary => ({
  TrainingJobName: name,
  TrainingJobArn: arnOf(context, 'training-job', name),
  CreationTime: seconds(context.now()),
  TrainingJobStatus: 'Stopped',
  TunedHyperParameters: parameters,
  ObjectiveStatus: 'Failed',
});

export function countersOf(summaries: Summary[]) {
  const count = (fits: (summary: Summary) => boolean): number => summaries.filter(fits).length;
  const failed = (retryable: boolean): number =>
    count(
      ({ TrainingJobStatus, FailureReason }) =>
        TrainingJobStatus === 'Failed' &&
        /^(InternalServerError|CapacityError)/.test(FailureReason ?? '') === retryable,
    );
  return {
    TrainingJobStatusCounters: {
      Completed: count(({ TrainingJobStatus }) => TrainingJobStatus === 'Completed'),
      InProgress: count((summary) => !hasEnded(summary)),
      RetryableError: failed(true),
      NonRetryableError: failed(false),
      Stopped: count(({ TrainingJobStatus }) => TrainingJobStatus === 'Stopped'),
    },
    ObjectiveStatusCounters: {
      Succeeded: count(({ ObjectiveStatus }) => ObjectiveStatus === 'Succeeded'),
      Pending: count(({ ObjectiveStatus }) => ObjectiveStatus === 'Pending'),
      Failed: count(({ ObjectiveStatus }) => ObjectiveStatus === 'Failed'),
    },
  };
}

/** The completed training job with the best objective; one that was stopped on its way is none. */
export function bestOf(record: TuningRecord, summaries: Summary[]): Summary | undefined {
  let best: Summary | undefined;
  for (const summary of summaries) {
    const value = summary.TrainingJobStatus === 'Completed' ? resultOf(summary) : undefined;
    if (value === undefined) continue;
    if (!best || isBetter(record, value, resultOf(best)!)) best = summary;
  }
  return best;
}

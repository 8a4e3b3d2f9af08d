/**
 * A tuning job as Describe, List and events show it.
 * @module
 */
import { seconds, type Context } from '../context.js';
import type { Jobs } from '../jobs/supervisor.js';
import { notImproving } from './completion.js';
import { configOf, isBetter, type Summary, type TuningRecord } from './record.js';
import { bestOf, countersOf, resultOf, summariesOf } from './trials.js';

export function describeTuning(context: Context, jobs: Jobs, record: TuningRecord): object {
  const summaries = summariesOf(record, context, jobs);
  const best = bestOf(record, summaries);
  return {
    ...record.request,
    HyperParameterTuningJobArn: record.arn,
    HyperParameterTuningJobStatus: record.status,
    CreationTime: seconds(record.createdAt),
    HyperParameterTuningEndTime: record.endedAt && seconds(record.endedAt),
    LastModifiedTime: seconds(record.modifiedAt),
    ...countersOf(summaries),
    BestTrainingJob: best,
    OverallBestTrainingJob: overallBest(record, best),
    FailureReason: record.failureReason,
    TuningJobCompletionDetails: {
      NumberOfTrainingJobsObjectiveNotImproving: notImproving(record, summaries),
      ConvergenceDetectedTime: record.convergedAt && seconds(record.convergedAt),
    },
    ConsumedResources: {
      RuntimeInSeconds: Math.ceil(seconds((record.endedAt ?? context.now()) - record.createdAt)),
    },
  };
}

/** Of a warm start on identical data: the parents' training jobs count too. */
function overallBest(record: TuningRecord, own: Summary | undefined): Summary | undefined {
  if (record.request.WarmStartConfig?.WarmStartType !== 'IdenticalDataAndAlgorithm') return undefined;
  const parents = record.parentsBest;
  const mine = own && { ...own, TuningJobName: record.name };
  if (!parents || !mine) return mine ?? parents;
  return isBetter(record, resultOf(parents)!, resultOf(mine)!) ? parents : mine;
}

export const tuningSummary = (context: Context, jobs: Jobs, record: TuningRecord): object => ({
  HyperParameterTuningJobName: record.name,
  HyperParameterTuningJobArn: record.arn,
  HyperParameterTuningJobStatus: record.status,
  Strategy: configOf(record).Strategy,
  CreationTime: seconds(record.createdAt),
  HyperParameterTuningEndTime: record.endedAt && seconds(record.endedAt),
  LastModifiedTime: seconds(record.modifiedAt),
  ...countersOf(summariesOf(record, context, jobs)),
  ResourceLimits: configOf(record).ResourceLimits,
});

/** The event of a change of status: epoch milliseconds as text, as EventBridge has them. */
export function announceTuning(context: Context, jobs: Jobs, record: TuningRecord): void {
  const time = (milliseconds: number | undefined) => milliseconds && String(milliseconds);
  const summaries = summariesOf(record, context, jobs);
  context.emit('SageMaker HyperParameter Tuning Job State Change', record.arn, {
    ...record.request,
    HyperParameterTuningJobArn: record.arn,
    HyperParameterTuningJobStatus: record.status,
    CreationTime: time(record.createdAt),
    HyperParameterTuningEndTime: time(record.endedAt),
    LastModifiedTime: time(record.modifiedAt),
    ...countersOf(summaries),
    FailureReason: record.failureReason,
    Tags: {},
  });
}

/**
 * One Describe of a tuning job; its training jobs are listed only when it moved.
 * @module
 */
import {
  DescribeHyperParameterTuningJobCommand,
  DescribeTrainingJobCommand,
  type DescribeHyperParameterTuningJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { classifyEnd, isTerminal, type JobEndClass } from '../aws/jobEnds.js';
import { OBJECTIVE } from '../aws/requests/training.js';
import type { TrialsView } from '../run/jobs.js';
import { brief } from '../run/brief.js';
import type { Deps } from './deps.js';
import type { JobSnapshot } from './jobSnapshot.js';
import { elapsed, iso } from './times.js';
import { bestOf, listTrials, shownOf, type Trial } from './trials.js';

type Described = DescribeHyperParameterTuningJobCommandOutput;

/** @param lastSeen  key of the state seen last */
export async function describeTuning(deps: Deps, name: string, lastSeen?: string): Promise<JobSnapshot> {
  const job = await deps.sageMaker.send(
    new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }),
  );
  const status = job.HyperParameterTuningJobStatus ?? 'InProgress';
  const counters = countersOf(job);
  const key = keyOf(status, counters);
  const told = {
    key,
    status,
    arn: job.HyperParameterTuningJobArn!,
    instanceType: instanceTypeOf(job),
    createdAt: iso(job.CreationTime) ?? new Date().toISOString(),
    endedAt: iso(job.HyperParameterTuningEndTime),
    failureReason: job.FailureReason && brief(job.FailureReason),
    describeCalls: 1,
  };
  const words = [status, elapsed(told), `${doneOf(counters)} of ${counters.planned} trials`];
  if (key === lastSeen) return { ...told, headline: words.join(' · ') };

  const trials = await listTrials(deps, name);
  const view: TrialsView = { ...counters, ...shownOf(trials) };
  if (view.best) words.push(`best ${OBJECTIVE} ${view.best.metric!.toPrecision(3)}`);
  return {
    ...told,
    headline: words.join(' · '),
    seconds: trials.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
    trials: view,
    ...(isTerminal(status) ? await endOf(deps, job, trials) : {}),
  };
}

type Counters = Omit<TrialsView, 'best' | 'shown'>;

function countersOf(job: Described): Counters {
  const { Completed = 0, InProgress = 0, Stopped = 0, ...failed } = job.TrainingJobStatusCounters ?? {};
  return {
    planned: plannedOf(job),
    completed: Completed,
    inProgress: InProgress,
    failed: (failed.RetryableError ?? 0) + (failed.NonRetryableError ?? 0),
    stopped: Stopped,
  };
}

/** A grid has no number of its own. */
function plannedOf({ HyperParameterTuningJobConfig: config }: Described): number {
  const grid = config?.ParameterRanges?.CategoricalParameterRanges ?? [];
  return (
    config?.ResourceLimits?.MaxNumberOfTrainingJobs ??
    grid.reduce((product, { Values = [] }) => product * Values.length, 1)
  );
}

const doneOf = ({ completed, failed, stopped }: Counters): number => completed + failed + stopped;

/** A history holds each move: of a long search every hundredth part is one, not every trial. */
const MOST_MOVES = 100;

function keyOf(status: string, counters: Counters): string {
  const { planned, inProgress, failed } = counters;
  const step = Math.ceil(planned / MOST_MOVES);
  // Trials start and end in turn: of many, that is no move.
  const moved = [doneOf(counters), failed, step > 1 ? 0 : inProgress].map((count) => Math.ceil(count / step));
  return [status, ...moved].join('/');
}

function instanceTypeOf({ TrainingJobDefinition: definition }: Described): string {
  const several = definition?.HyperParameterTuningResourceConfig?.InstanceConfigs ?? [];
  return definition?.ResourceConfig?.InstanceType ?? several[0]?.InstanceType ?? 'unknown';
}

type End = Pick<JobSnapshot, 'end' | 'modelDataUrl' | 'failureReason' | 'failedTrial'>;

async function endOf(deps: Deps, job: Described, trials: readonly Trial[]): Promise<End> {
  const status = job.HyperParameterTuningJobStatus!;
  const best = bestOf(trials);
  const end = classifyEnd({ status, failureReason: job.FailureReason });
  if (best && (end === 'completed' || reachedItsTime(job))) {
    const { ModelArtifacts } = await deps.sageMaker.send(
      new DescribeTrainingJobCommand({ TrainingJobName: best.name }),
    );
    return { end: 'completed', modelDataUrl: ModelArtifacts?.S3ModelArtifacts };
  }
  return end === 'completed' || (end === 'user' && !best) ? nothingCame(job, trials) : { end };
}

/** `tune.stop.maxSeconds` ends a search; that is no failure. */
function reachedItsTime(job: Described): boolean {
  const { MaxRuntimeInSeconds: most } = job.HyperParameterTuningJobConfig?.ResourceLimits ?? {};
  const { CreationTime: start, HyperParameterTuningEndTime: end } = job;
  return most !== undefined && start !== undefined && end !== undefined && +end - +start >= most * 1000;
}

/** Why no training is usable, in words: the first failure is usually everybody's. */
function nothingCame({ FailureReason }: Described, trials: readonly Trial[]): End {
  const failed = trials.find(({ status }) => status === 'Failed');
  if (failed) {
    const why = `no trial succeeded; the first to fail was ${failed.name}: ${failed.failureReason ?? 'no reason given'}`;
    const end: JobEndClass = classifyEnd({ status: 'Failed', failureReason: failed.failureReason });
    return { end, failureReason: why, failedTrial: failed.name };
  }
  const silent = trials.find(({ status }) => status === 'Completed');
  return {
    end: 'user',
    failureReason: silent
      ? `no trial reported ${OBJECTIVE}: are there dev questions?`
      : `no trial completed${FailureReason ? `: ${FailureReason.slice(0, 500)}` : ''}`,
    failedTrial: silent?.name,
  };
}

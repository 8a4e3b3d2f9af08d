/**
 * Tuning jobs of the fake SageMaker: they launch trials up to their limits, and end when these have ended.
 * @module
 */
import type * as sdk from '@aws-sdk/client-sagemaker';
import type { Ending, FakeJob } from './fakeJob.js';

/** What they need of the fake that they belong to. */
export interface TrialHost {
  startTrial(name: string, request: sdk.HyperParameterTrainingJobDefinition): FakeJob;
  settle(job: FakeJob): Promise<void>;
  stopJob(job: FakeJob): void;
  conclude(job: FakeJob, ending: Ending): Promise<void>;
  /** The ending that a test arranged for the tuning job itself. */
  arranged(): Ending | undefined;
}

export class FakeTunings {
  private readonly trials = new Map<string, FakeJob[]>();
  /** Of the trials of each tuning job, in the order of their launch; undefined: none is reported. */
  metrics: (number | undefined)[] = [0.61, 0.64, 0.63, 0.62];
  /** Trials a page: one, so that whoever forgets the pages sees one. */
  pageSize = 1;

  constructor(private readonly host: TrialHost) {}

  async advance(tuning: FakeJob): Promise<void> {
    if (tuning.endedAt) return;
    const trials = this.of(tuning);
    for (const trial of trials) await this.host.settle(trial);
    const running = (): FakeJob[] => trials.filter(({ endedAt }) => !endedAt);
    if (tuning.status === 'Stopping') {
      for (const trial of running()) if (trial.status !== 'Stopping') this.host.stopJob(trial);
      if (running().length === 0) await this.host.conclude(tuning, { status: 'Stopped' });
      return;
    }
    const { planned, parallel } = limitsOf(tuning);
    while (trials.length < planned && running().length < parallel) {
      const { TrainingJobDefinition: definition } = requestOf(tuning);
      const name = `${tuning.name}-${String(trials.length + 1).padStart(3, '0')}-0a1b2c3d`;
      trials.push(this.host.startTrial(name, definition!));
    }
    if (running().length > 0) return;
    const ending = this.host.arranged();
    if (ending) return this.host.conclude(tuning, ending);
    const some = trials.some(({ status }, index) => status === 'Completed' && this.metrics[index] !== undefined);
    const failureReason = some ? undefined : `No training job succeeded after ${trials.length} attempts.`;
    await this.host.conclude(tuning, { status: some ? 'Completed' : 'Failed', failureReason });
  }

  describe(tuning: FakeJob, arn: string): object {
    const count = (status: string): number => this.of(tuning).filter((trial) => trial.status === status).length;
    return {
      ...requestOf(tuning),
      HyperParameterTuningJobArn: arn,
      HyperParameterTuningJobStatus: tuning.status,
      CreationTime: tuning.createdAt,
      HyperParameterTuningEndTime: tuning.endedAt,
      FailureReason: tuning.failureReason,
      TrainingJobStatusCounters: {
        Completed: count('Completed'),
        InProgress: count('InProgress') + count('Stopping'),
        RetryableError: 0,
        NonRetryableError: count('Failed'),
        Stopped: count('Stopped'),
      },
    };
  }

  list(tuning: FakeJob, token = '0'): object {
    const trials = this.of(tuning);
    const at = Number(token);
    return {
      TrainingJobSummaries: trials
        .slice(at, at + this.pageSize)
        .map((trial, i) => this.summaryOf(tuning, trial, at + i)),
      NextToken: at + this.pageSize < trials.length ? String(at + this.pageSize) : undefined,
    };
  }

  private summaryOf(
    tuning: FakeJob,
    { name, status, createdAt, endedAt, failureReason }: FakeJob,
    index: number,
  ): object {
    const { HyperParameterTuningJobObjective: objective } = requestOf(tuning).HyperParameterTuningJobConfig!;
    const Value = status === 'Completed' ? this.metrics[index] : undefined;
    return {
      TrainingJobName: name,
      TrainingJobStatus: status,
      TunedHyperParameters: parametersOf(tuning, index),
      TrainingStartTime: createdAt,
      TrainingEndTime: endedAt,
      FailureReason: failureReason,
      FinalHyperParameterTuningJobObjectiveMetric:
        Value === undefined ? undefined : { MetricName: objective!.MetricName, Value },
    };
  }

  private of({ name }: FakeJob): FakeJob[] {
    const known = this.trials.get(name) ?? [];
    this.trials.set(name, known);
    return known;
  }
}

const requestOf = ({ request }: FakeJob) => request as sdk.CreateHyperParameterTuningJobCommandInput;

function limitsOf(tuning: FakeJob): { planned: number; parallel: number } {
  const { ResourceLimits: limits } = requestOf(tuning).HyperParameterTuningJobConfig!;
  return { planned: limits!.MaxNumberOfTrainingJobs!, parallel: limits!.MaxParallelTrainingJobs! };
}

/** The first of the categories, and of numbers another one each time. */
function parametersOf(tuning: FakeJob, index: number): Record<string, string> {
  const { ParameterRanges: ranges = {} } = requestOf(tuning).HyperParameterTuningJobConfig!;
  return Object.fromEntries([
    ...(ranges.ContinuousParameterRanges ?? []).map(({ Name }) => [Name, `${index + 1}e-05`]),
    ...(ranges.IntegerParameterRanges ?? []).map(({ Name, MinValue }) => [Name, MinValue]),
    ...(ranges.CategoricalParameterRanges ?? []).map(({ Name, Values }) => [Name, Values![0]]),
  ]) as Record<string, string>;
}

/**
 * One Describe of a job, in the few words that a workflow needs.
 * @module
 */
import { DescribeProcessingJobCommand, DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { classifyEnd, isTerminal, type JobEndClass } from '../aws/jobEnds.js';
import type { TrialsView } from '../run/jobs.js';
import type { JobKind } from '../spec/stages.js';
import type { Deps } from './deps.js';
import { elapsed, iso } from './times.js';
import { describeTuning } from './tuningSnapshot.js';

export interface JobSnapshot {
  /** Changes when something happened that is worth a report; elapsed time does not count. */
  key: string;
  status: string;
  secondaryStatus?: string;
  /** Set once the job has ended. */
  end?: JobEndClass;
  /** "Training · 12 min · dev:ndcg@10 0.712": what a person reads. */
  headline: string;
  arn: string;
  instanceType: string;
  /** ISO 8601, as are all times here. */
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  /** Billable; of a processing job, from its start to its end. */
  seconds?: number;
  /** Of training, billable or not: on spot the difference is what was saved. */
  trainingSeconds?: number;
  /** model.tar.gz, once there is one. */
  modelDataUrl?: string;
  metrics?: Record<string, number>;
  failureReason?: string;
  /** Of a tuning job that moved. */
  trials?: TrialsView;
  /** The training job whose log says why a tuning job came to nothing. */
  failedTrial?: string;
  describeCalls: number;
}

/** @param lastSeen  key of the state seen last: what only a moved job is worth asking for is then left out */
export async function describeJob(
  deps: Deps,
  job: { kind: JobKind; name: string },
  lastSeen?: string,
): Promise<JobSnapshot> {
  if (job.kind === 'tuning') return describeTuning(deps, job.name, lastSeen);
  const told =
    job.kind === 'training' ? await describeTraining(deps, job.name) : await describeProcessing(deps, job.name);
  const { status, secondaryStatus, failureReason, metrics } = told;
  return {
    ...told,
    failureReason: failureReason?.slice(0, 1024),
    key: `${status}/${secondaryStatus ?? ''}`,
    end: isTerminal(status) ? classifyEnd({ status, secondaryStatus, failureReason }) : undefined,
    headline: [
      secondaryStatus ?? status,
      elapsed(told),
      ...Object.entries(metrics ?? {}).map(([k, v]) => `${k} ${round(v)}`),
    ]
      .filter(Boolean)
      .join(' · '),
    describeCalls: 1,
  };
}

type Told = Omit<JobSnapshot, 'key' | 'end' | 'headline' | 'describeCalls'>;

async function describeTraining({ sageMaker }: Deps, name: string): Promise<Told> {
  const job = await sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  return {
    status: job.TrainingJobStatus ?? 'InProgress',
    secondaryStatus: job.SecondaryStatus,
    arn: job.TrainingJobArn!,
    instanceType: instanceTypeOf(job.ResourceConfig),
    createdAt: iso(job.CreationTime) ?? new Date().toISOString(),
    startedAt: iso(job.TrainingStartTime),
    endedAt: iso(job.TrainingEndTime),
    seconds: job.BillableTimeInSeconds ?? job.TrainingTimeInSeconds,
    trainingSeconds: job.TrainingTimeInSeconds,
    modelDataUrl: job.ModelArtifacts?.S3ModelArtifacts,
    metrics: metricsOf(job.FinalMetricDataList),
    failureReason: job.FailureReason,
  };
}

async function describeProcessing({ sageMaker }: Deps, name: string): Promise<Told> {
  const job = await sageMaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
  const { ProcessingStartTime: start, ProcessingEndTime: end } = job;
  return {
    status: job.ProcessingJobStatus ?? 'InProgress',
    arn: job.ProcessingJobArn!,
    instanceType: instanceTypeOf(job.ProcessingResources?.ClusterConfig),
    createdAt: iso(job.CreationTime) ?? new Date().toISOString(),
    startedAt: iso(start),
    endedAt: iso(end),
    seconds: start && end ? Math.ceil((end.getTime() - start.getTime()) / 1000) : undefined,
    // What the job itself said of its failure is clearer than SageMaker's exit code.
    failureReason: [job.FailureReason, job.ExitMessage].filter(Boolean).join(': ') || undefined,
  };
}

/** The type that is billed; until SageMaker has chosen from preferences, all of them. */
function instanceTypeOf({
  InstanceType,
  SelectedInstanceType,
  InstancePreferences = [],
}: {
  InstanceType?: string;
  SelectedInstanceType?: string;
  InstancePreferences?: { InstanceType?: string }[];
} = {}): string {
  const preferred = InstancePreferences.map((one) => one.InstanceType).join(' or ');
  return SelectedInstanceType ?? InstanceType ?? (preferred || 'unknown');
}

function metricsOf(list: { MetricName?: string; Value?: number }[] | undefined): Record<string, number> | undefined {
  const metrics = (list ?? []).flatMap(({ MetricName, Value }) =>
    MetricName !== undefined && Value !== undefined ? [[MetricName, Value] as const] : [],
  );
  return metrics.length === 0 ? undefined : Object.fromEntries(metrics);
}

const round = (value: number): string => value.toPrecision(3);

/**
 * One Describe of a job, of whichever kind.
 * @module
 */
import { DescribeProcessingJobCommand, DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { classifyEnd, isTerminal } from '../aws/jobEnds.js';
import { brief, saidOnce } from '../run/brief.js';
import type { Deps } from './deps.js';
import { describeBatch } from './batchJob.js';
import type { JobRef, JobSnapshot } from './jobSnapshot.js';
import { elapsed, iso } from './times.js';
import { describeTuning } from './tuningSnapshot.js';

/** @param lastSeen  key of the state seen last: what only a moved job is worth asking for is then left out */
export async function describeJob(deps: Deps, job: JobRef, lastSeen?: string): Promise<JobSnapshot> {
  if (job.kind === 'batch') return describeBatch(deps, job.name);
  if (job.kind === 'tuning') return describeTuning(deps, job.name, lastSeen);
  const told =
    job.kind === 'training' ? await describeTraining(deps, job.name) : await describeProcessing(deps, job.name);
  const { status, secondaryStatus, failureReason, metrics } = told;
  return {
    ...told,
    failureReason: failureReason && brief(failureReason),
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
    failureReason: saidOnce(job.FailureReason, job.ExitMessage) || undefined,
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

/**
 * Training jobs: the API's view of them.
 * @module
 */
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { arnOf, seconds, type Context, type Operations } from '../context.js';
import { AwsError, cannotAssume, invalid } from '../errors.js';
import { requireExperiment } from '../experiments.js';
import { pageOf, type ListInput } from '../list.js';
import { logPath, TRAINING_LOGS } from '../logFiles.js';
import { dropTags, putTags, type Tag } from '../tags.js';
import { isTerminal, type JobStatus, type Transition } from './jobFolder.js';
import { hasObjects } from '../s3.js';
import type { JobRecord, Jobs } from './supervisor.js';
import { requireTrainable } from './trainingRules.js';

type TrainingRecord = JobRecord<CreateTrainingJobRequest>;

export const trainingOperations = (jobs: Jobs): Operations => ({
  async CreateTrainingJob(request: CreateTrainingJobRequest, context) {
    return { TrainingJobArn: await createTrainingJob(jobs, request, context) };
  },

  DescribeTrainingJob({ TrainingJobName }: { TrainingJobName: string }) {
    return describe(find(jobs, TrainingJobName));
  },

  StopTrainingJob({ TrainingJobName }: { TrainingJobName: string }) {
    const record = find(jobs, TrainingJobName);
    const status = statusOf(record);
    if (isTerminal(record.state)) {
      throw invalid(`The request was rejected because the training job is in status ${status}`);
    }
    if (status !== 'Stopping') jobs.stop(record);
    return undefined;
  },

  DeleteTrainingJob({ TrainingJobName }: { TrainingJobName: string }, context) {
    const record = find(jobs, TrainingJobName);
    if (!isTerminal(record.state)) {
      throw new AwsError(
        'ResourceInUse',
        `Training job ${record.arn} is in status ${statusOf(record)}: only a job that has ended can be deleted.`,
      );
    }
    jobs.forget(record);
    dropTags(context, record.arn);
    return undefined;
  },

  ListTrainingJobs({ StatusEquals, ...input }: ListInput, context) {
    const records = context.store.list<TrainingRecord>('training-job');
    const { page, NextToken } = pageOf(records, listed, input);
    // AWS's documented oddity: a page is cut first and filtered by status then, so a page may be short or empty.
    const shown = page.filter((record) => StatusEquals === undefined || statusOf(record) === StatusEquals);
    return { TrainingJobSummaries: shown.map(summary), NextToken };
  },
});

/**
 * @param trial  what a tuning job tries by this training job, where it launched it
 * @returns the job's ARN
 */
export async function createTrainingJob(
  jobs: Jobs,
  { Tags, ...request }: CreateTrainingJobRequest,
  context: Context,
  trial?: JobRecord['trial'],
): Promise<string> {
  const name = request.TrainingJobName ?? '';
  const arn = arnOf(context, 'training-job', name);
  requireTrainable(request);
  requireNew(context, name, arn);
  requireTracked(context, request);
  await requireAccess(request, context);
  // Asked again after the wait for S3: the same name may have come in meanwhile.
  requireNew(context, name, arn);

  putTags(context, arn, Tags as Tag[] | undefined);
  const createdAt = context.now();
  const transitions = [{ status: 'Starting', startedAt: createdAt, message: 'Starting the training job' }];
  const state = { status: 'InProgress' as const, transitions, modifiedAt: createdAt, metrics: [] };
  jobs.start(
    { kind: 'training-job', name, arn, createdAt, request, state, trial },
    trainingLog(context, { name, createdAt }),
  );
  return arn;
}

function requireTracked(context: Context, { ExperimentConfig, MlflowConfig }: CreateTrainingJobRequest): void {
  requireExperiment(context, ExperimentConfig);
  if (MlflowConfig === undefined) return;
  const { MlflowResourceArn } = MlflowConfig;
  throw new AwsError('ResourceNotFound', `${MlflowResourceArn} does not exist: the local SageMaker has no MLflow.`);
}

/** The file of a job's log stream. */
export const trainingLog = (
  { settings }: Context,
  { name, createdAt }: Pick<JobRecord, 'name' | 'createdAt'>,
): string => logPath(settings.stateDir, TRAINING_LOGS, `${name}/algo-1-${Math.floor(createdAt / 1000)}`);

/** @throws ValidationException for a role or an input that is not there */
export async function requireAccess(request: CreateTrainingJobRequest, context: Context): Promise<void> {
  if (!context.settings.roleArns.includes(request.RoleArn ?? '')) throw cannotAssume(request.RoleArn ?? '');
  await requireInputs(request, context);
}

function find(jobs: Jobs, name: string): TrainingRecord {
  const record = jobs.get<TrainingRecord>('training-job', name);
  if (!record) throw invalid('Requested resource not found.');
  return record;
}

function requireNew({ store }: Context, name: string, arn: string): void {
  if (!store.get('training-job', name)) return;
  throw new AwsError(
    'ResourceInUse',
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
  );
}

async function requireInputs(
  { InputDataConfig = [], RoleArn }: CreateTrainingJobRequest,
  { settings }: Context,
): Promise<void> {
  const uris = InputDataConfig.map(({ DataSource }) => DataSource?.S3DataSource?.S3Uri ?? '');
  const found = await Promise.all(uris.map((uri) => hasObjects(uri)));
  const missing = uris.find((_, index) => !found[index]);
  if (missing === undefined) return;
  throw invalid(
    `No S3 objects found under S3 URL "${missing}" given in input data source. Please ensure that the bucket exists in the ` +
      `selected region (${settings.region}), that objects exist under that S3 prefix, and that the role "${RoleArn}" has ` +
      '"s3:ListBucket" permissions on the bucket.',
  );
}

/** What Describe says between a Stop and the runner's noticing of it. */
const stopShows = ({ state, stopAskedAt }: JobRecord): boolean =>
  stopAskedAt !== undefined && state.status === 'InProgress';

export const statusOf = (record: JobRecord): JobStatus => (stopShows(record) ? 'Stopping' : record.state.status);

function transitionsOf(record: JobRecord): Transition[] {
  const { transitions } = record.state;
  if (!stopShows(record) || record.stopAskedAt === undefined) return transitions;
  const startedAt = record.stopAskedAt;
  const ended = transitions.map((transition) => ({ ...transition, endedAt: transition.endedAt ?? startedAt }));
  return [...ended, { status: 'Stopping', startedAt, message: 'Stopping the training job' }];
}

const listed = (record: TrainingRecord) => ({
  name: record.name,
  createdAt: seconds(record.createdAt),
  modifiedAt: seconds(record.state.modifiedAt),
  status: statusOf(record),
});

const summary = (record: TrainingRecord) => ({
  TrainingJobName: record.name,
  TrainingJobArn: record.arn,
  CreationTime: seconds(record.createdAt),
  TrainingEndTime: record.state.endedAt && seconds(record.state.endedAt),
  LastModifiedTime: seconds(record.state.modifiedAt),
  TrainingJobStatus: statusOf(record),
  SecondaryStatus: transitionsOf(record).at(-1)?.status,
});

function describe(record: TrainingRecord): object {
  const { request, state, arn, createdAt } = record;
  const transitions = transitionsOf(record);
  return {
    ...request,
    TrainingJobArn: arn,
    TuningJobArn: record.trial?.tuningJobArn,
    TrainingJobStatus: statusOf(record),
    SecondaryStatus: transitions.at(-1)?.status,
    SecondaryStatusTransitions: transitions.map(({ status, startedAt, endedAt, message }) => ({
      Status: status,
      StartTime: seconds(startedAt),
      EndTime: endedAt && seconds(endedAt),
      StatusMessage: message,
    })),
    FailureReason: state.failureReason,
    ModelArtifacts: state.modelArtifact ? { S3ModelArtifacts: state.modelArtifact } : undefined,
    ResourceConfig: withSelection(request),
    StoppingCondition: { MaxRuntimeInSeconds: 86_400, ...request.StoppingCondition },
    CreationTime: seconds(createdAt),
    LastModifiedTime: seconds(Math.max(state.modifiedAt, record.stopAskedAt ?? 0)),
    ...timesOf(record),
    FinalMetricDataList: state.metrics.length ? state.metrics : undefined,
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
  };
}

/** With preferences, the first one is always to be had here. */
function withSelection({ ResourceConfig }: CreateTrainingJobRequest): object {
  const [first] = ResourceConfig?.InstancePreferences ?? [];
  if (!first) return { ...ResourceConfig };
  const count = first.InstanceCount ?? ResourceConfig?.InstanceCount ?? 1;
  return { ...ResourceConfig, SelectedInstanceType: first.InstanceType, SelectedInstanceCount: count };
}

/** Of the time that a spot job has its instances, as much is billed here; on AWS it depends on the market. */
const SPOT_SHARE = 0.3;

const isInterruption = ({ status }: Transition): boolean => status === 'Interrupted';
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Start, end and billed time, of one instance as on AWS, over all attempts of a spot job; none for a job that never got a
 * machine.
 */
export function timesOf({ request, state: { startedAt, endedAt, transitions } }: JobRecord): object {
  if (startedAt === undefined) return {};
  if (endedAt === undefined) return { TrainingStartTime: seconds(startedAt) };
  const time = Math.max(1, Math.ceil(seconds(endedAt - startedAt)));
  const isSpot = 'EnableManagedSpotTraining' in request && request.EnableManagedSpotTraining;
  const waited = seconds(
    sum(transitions.filter(isInterruption).map((one) => (one.endedAt ?? endedAt) - one.startedAt)),
  );
  const billed = isSpot ? Math.max(1, Math.ceil((time - waited) * SPOT_SHARE)) : time;
  return {
    TrainingStartTime: seconds(startedAt),
    TrainingEndTime: seconds(endedAt),
    TrainingTimeInSeconds: time,
    BillableTimeInSeconds: billed,
  };
}

/** The event of one transition: epoch milliseconds as text, as EventBridge has them. */
export function announceTraining(context: Context, record: JobRecord, transition: Transition): void {
  const described = describe(record as TrainingRecord) as Record<string, unknown>;
  const isLast = transition === record.state.transitions.at(-1);
  const times = ['CreationTime', 'LastModifiedTime', 'TrainingStartTime', 'TrainingEndTime'];
  const detail = {
    ...described,
    ...Object.fromEntries(
      times.flatMap((name) => (described[name] === undefined ? [] : [[name, milliseconds(described[name])]])),
    ),
    TrainingJobStatus: isLast ? record.state.status : 'InProgress',
    SecondaryStatus: transition.status,
    SecondaryStatusTransitions: record.state.transitions
      .slice(0, record.state.transitions.indexOf(transition) + 1)
      .map(({ status, startedAt, endedAt, message }) => ({
        Status: status,
        StartTime: String(startedAt),
        EndTime: endedAt && String(endedAt),
        StatusMessage: message,
      })),
    FinalMetricDataList: undefined,
    Tags: {},
  };
  context.emit('SageMaker Training Job State Change', record.arn, detail);
}

const milliseconds = (time: unknown): string => String(Math.round(Number(time) * 1000));

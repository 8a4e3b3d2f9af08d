/**
 * Processing jobs: the API's view of them.
 * @module
 */
import type { CreateProcessingJobRequest } from '@aws-sdk/client-sagemaker';
import { arnOf, seconds, type Context, type Operations } from '../context.js';
import { AwsError, cannotAssume, invalid } from '../errors.js';
import { upperSnake } from '../events.js';
import { requireExperiment } from '../experiments.js';
import { pageOf, type ListInput } from '../list.js';
import { logPath, PROCESSING_LOGS } from '../logFiles.js';
import { dropTags, putTags, type Tag } from '../tags.js';
import { isTerminal, type Transition } from './jobFolder.js';
import { requireProcessable } from './processingRules.js';
import type { JobRecord, Jobs } from './supervisor.js';
import { statusOf } from './training.js';

type ProcessingRecord = JobRecord<CreateProcessingJobRequest>;

export const processingOperations = (jobs: Jobs): Operations => ({
  CreateProcessingJob(request: CreateProcessingJobRequest, context) {
    const { Tags, ...rest } = request;
    const name = rest.ProcessingJobName ?? '';
    const arn = arnOf(context, 'processing-job', name);
    requireProcessable(rest);
    if (context.store.get('processing-job', name)) {
      throw new AwsError(
        'ResourceInUse',
        `Job name must be unique within an AWS account and region, and a job with this name already exists (${arn})`,
      );
    }
    requireExperiment(context, rest.ExperimentConfig);
    if (!context.settings.roleArns.includes(rest.RoleArn ?? '')) throw cannotAssume(rest.RoleArn ?? '');

    putTags(context, arn, Tags as Tag[] | undefined);
    const createdAt = context.now();
    const transitions = [{ status: 'Starting', startedAt: createdAt, message: 'Starting the processing job' }];
    const state = { status: 'InProgress' as const, transitions, modifiedAt: createdAt, metrics: [] };
    const log = logPath(context.settings.stateDir, PROCESSING_LOGS, `${name}/algo-1-${Math.floor(createdAt / 1000)}`);
    jobs.start({ kind: 'processing-job', name, arn, createdAt, request: rest, state }, log);
    return { ProcessingJobArn: arn };
  },

  DescribeProcessingJob({ ProcessingJobName }: { ProcessingJobName: string }) {
    return describe(find(jobs, ProcessingJobName));
  },

  StopProcessingJob({ ProcessingJobName }: { ProcessingJobName: string }) {
    const record = find(jobs, ProcessingJobName);
    const status = statusOf(record);
    if (isTerminal(record.state)) {
      throw invalid(`The request was rejected because the processing job is in status ${status}`);
    }
    if (status !== 'Stopping') jobs.stop(record);
    return undefined;
  },

  DeleteProcessingJob({ ProcessingJobName }: { ProcessingJobName: string }, context) {
    const record = find(jobs, ProcessingJobName);
    if (!isTerminal(record.state)) {
      throw new AwsError(
        'ResourceInUse',
        `Processing job ${record.arn} is in status ${statusOf(record)}: only a job that has ended can be deleted.`,
      );
    }
    jobs.forget(record);
    dropTags(context, record.arn);
    return undefined;
  },

  ListProcessingJobs(input: ListInput, context) {
    const records = context.store.list<ProcessingRecord>('processing-job');
    const { page, NextToken } = pageOf(records, listed, input);
    return { ProcessingJobSummaries: page.map(summary), NextToken };
  },
});

function find(jobs: Jobs, name: string): ProcessingRecord {
  const record = jobs.get<ProcessingRecord>('processing-job', name);
  if (!record) throw invalid(`Could not find requested job with name: ${name}`);
  return record;
}

const listed = (record: ProcessingRecord) => ({
  name: record.name,
  createdAt: seconds(record.createdAt),
  modifiedAt: seconds(record.state.modifiedAt),
  status: statusOf(record),
});

const summary = (record: ProcessingRecord) => ({
  ProcessingJobName: record.name,
  ProcessingJobArn: record.arn,
  CreationTime: seconds(record.createdAt),
  ProcessingEndTime: record.state.endedAt && seconds(record.state.endedAt),
  LastModifiedTime: seconds(record.state.modifiedAt),
  ProcessingJobStatus: statusOf(record),
  FailureReason: record.state.failureReason,
  ExitMessage: record.state.exitMessage,
});

function describe(record: ProcessingRecord): object {
  const { request, state, arn, createdAt } = record;
  return {
    ...request,
    StoppingCondition: request.StoppingCondition ?? { MaxRuntimeInSeconds: 86_400 },
    ProcessingJobArn: arn,
    ProcessingJobStatus: statusOf(record),
    ExitMessage: state.exitMessage,
    FailureReason: state.failureReason,
    ProcessingStartTime: state.startedAt && seconds(state.startedAt),
    ProcessingEndTime: state.endedAt && seconds(state.endedAt),
    CreationTime: seconds(createdAt),
    LastModifiedTime: seconds(Math.max(state.modifiedAt, record.stopAskedAt ?? 0)),
  };
}

/** The event of a change: epoch milliseconds as numbers, and enums of inputs and outputs in upper case, as EventBridge has them. */
export function announceProcessing(context: Context, record: JobRecord, transition: Transition): void {
  const { request, state } = record as ProcessingRecord;
  const isLast = transition === state.transitions.at(-1);
  const detail = {
    ...upperEnums(request),
    ProcessingJobName: record.name,
    ProcessingJobArn: record.arn,
    ProcessingJobStatus: isLast ? state.status : 'InProgress',
    ExitMessage: state.exitMessage,
    FailureReason: state.failureReason,
    ProcessingStartTime: state.startedAt,
    ProcessingEndTime: state.endedAt,
    CreationTime: record.createdAt,
    LastModifiedTime: state.modifiedAt,
  };
  context.emit('SageMaker Processing Job State Change', record.arn, detail);
}

const ENUMS = new Set(['S3DataType', 'S3InputMode', 'S3DataDistributionType', 'S3CompressionType', 'S3UploadMode']);

function upperEnums(value: object): object {
  return JSON.parse(JSON.stringify(value), (key, member: unknown) =>
    ENUMS.has(key) && typeof member === 'string' ? upperSnake(member) : member,
  ) as object;
}

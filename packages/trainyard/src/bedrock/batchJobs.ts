/**
 * Batch inference: jobs that read requests from S3, ask the language model about each, and write its answers beside them.
 * Source: Bedrock's user guide, "Process multiple prompts with batch inference", and the service model.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Context, Operations } from '../context.js';
import { AwsError, cannotAssume, invalid } from '../errors.js';
import { pageOf } from '../list.js';
import { requireModel } from './foundationModel.js';
import type { BatchJob, BatchRequest } from './batchJob.js';
import { runRecords, type Answer } from './batchRecords.js';

const KIND = 'model-invocation-job';
const OVER = ['Completed', 'Failed', 'Stopped'];

export class BatchJobs {
  private readonly running = new Map<string, AbortController>();

  /** @param answer  to one record's input, as Converse answers */
  constructor(
    private readonly context: Context,
    private readonly answer: Answer,
  ) {}

  readonly operations: Operations = {
    CreateModelInvocationJob: (request: BatchRequest) => this.create(request),
    GetModelInvocationJob: ({ jobIdentifier }: { jobIdentifier: string }) => this.shown(this.job(jobIdentifier)),
    StopModelInvocationJob: ({ jobIdentifier }: { jobIdentifier: string }) => this.stop(this.job(jobIdentifier)),
    ListModelInvocationJobs: (input: ListInput) => this.list(input),
    ListTagsForResource: ({ resourceARN }: { resourceARN: string }) => ({
      tags: this.job(resourceARN).request.tags ?? [],
    }),
  };

  /** What was not over when the emulator ended goes on: records whose answers had not been written are asked about again. */
  resume(): void {
    for (const job of this.jobs()) if (!OVER.includes(job.status)) this.run(job);
  }

  /** Lets go of the model; what is not over goes on when the emulator is started again. */
  close(): void {
    for (const one of this.running.values()) one.abort(new Error('closed'));
  }

  private create(request: BatchRequest): object {
    const { jobName, modelId, roleArn, modelInvocationType, clientRequestToken } = request;
    const same = this.jobs().find(
      (job) => clientRequestToken !== undefined && job.request.clientRequestToken === clientRequestToken,
    );
    if (same) return { jobArn: this.arnOf(same) };
    requireModel(modelId);
    if (modelInvocationType !== 'Converse')
      throw invalid("modelInvocationType: the local Bedrock reads records of the type 'Converse' alone.");
    if (!this.context.settings.roleArns.includes(roleArn)) throw cannotAssume(roleArn, 'bedrock.amazonaws.com');
    if (this.jobs().some((job) => job.request.jobName === jobName))
      throw new AwsError('ConflictException', `A model invocation job with the name ${jobName} already exists.`);
    const id = randomBytes(6).toString('hex');
    const now = this.context.now();
    const job: BatchJob = { id, request, status: 'Submitted', submittedAt: now, modifiedAt: now };
    this.enter(job);
    this.run(job);
    return { jobArn: this.arnOf(job) };
  }

  private stop(job: BatchJob): object {
    if (OVER.includes(job.status) || job.status === 'Stopping')
      throw new AwsError('ConflictException', `The job is in status ${job.status} and can't be stopped.`);
    this.move(job, { status: 'Stopping' });
    this.running.get(job.id)?.abort(new Error('stopped'));
    return {};
  }

  private run(job: BatchJob): void {
    const controller = new AbortController();
    this.running.set(job.id, controller);
    void this.through(job, controller.signal).finally(() => this.running.delete(job.id));
  }

  private async through(job: BatchJob, signal: AbortSignal): Promise<void> {
    try {
      if (job.status === 'Stopping') return this.move(job, { status: 'Stopped' });
      this.move(job, { status: 'Validating' });
      await runRecords(job, this.answer, signal, (counts) => this.move(job, { status: 'InProgress', counts }));
      this.move(job, { status: 'Completed' });
    } catch (error) {
      if (this.isStopped(job)) return this.move(job, { status: 'Stopped' });
      if (signal.aborted) return;
      this.move(job, { status: 'Failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  private isStopped = ({ id }: BatchJob): boolean => this.job(id).status === 'Stopping';

  private move(job: BatchJob, changes: Partial<BatchJob>): void {
    // Who was asked to stop says so until it has.
    const status = job.status === 'Stopping' && changes.status === 'InProgress' ? job.status : changes.status;
    const now = this.context.now();
    const before = job.status;
    Object.assign(job, changes, { status: status ?? before, modifiedAt: now });
    if (OVER.includes(job.status)) job.endedAt = now;
    if (job.status === before) this.keep(job);
    else this.enter(job);
  }

  /** On record first, announced then, as Bedrock does: its user guide, "How EventBridge for Amazon Bedrock works". */
  private enter(job: BatchJob): void {
    this.keep(job);
    const { request, status, message = '', submittedAt } = job;
    this.context.emit('Batch Inference Job State Change', this.arnOf(job), {
      version: '0.0',
      accountId: this.context.settings.accountId,
      batchJobName: request.jobName,
      batchJobArn: this.arnOf(job),
      batchModelId: request.modelId,
      status,
      failureMessage: message,
      creationTime: inWords.format(submittedAt),
    });
  }

  private shown(job: BatchJob): object {
    const { request, status, message, submittedAt, modifiedAt, endedAt, counts } = job;
    const { timeoutDurationInHours = 24 } = request;
    return {
      ...request,
      tags: undefined,
      jobArn: this.arnOf(job),
      status,
      message,
      submitTime: iso(submittedAt),
      lastModifiedTime: iso(modifiedAt),
      endTime: endedAt && iso(endedAt),
      timeoutDurationInHours,
      jobExpirationTime: iso(submittedAt + timeoutDurationInHours * 3_600_000),
      ...counts,
    };
  }

  private list({ nameContains, statusEquals, maxResults, nextToken, sortOrder }: ListInput): object {
    const { page, NextToken } = pageOf(
      this.jobs(),
      ({ request, status, submittedAt, modifiedAt }) => ({
        name: request.jobName,
        createdAt: submittedAt / 1000,
        modifiedAt: modifiedAt / 1000,
        status,
      }),
      {
        NameContains: nameContains,
        StatusEquals: statusEquals,
        MaxResults: maxResults,
        NextToken: nextToken,
        SortOrder: sortOrder,
        SortBy: 'CreationTime',
      },
      'Descending',
    );
    return { invocationJobSummaries: page.map((job) => this.shown(job)), nextToken: NextToken };
  }

  /** @param identifier  the ARN, or its last part */
  private job(identifier: string): BatchJob {
    const job = this.context.store.get<BatchJob>(KIND, identifier.slice(identifier.lastIndexOf('/') + 1));
    if (job) return job;
    throw new AwsError('ResourceNotFoundException', `The job ${identifier} could not be found.`, 404);
  }

  private jobs = (): BatchJob[] => this.context.store.list<BatchJob>(KIND);
  private keep = (job: BatchJob): void => this.context.store.put(KIND, job.id, job);

  private arnOf({ id }: BatchJob): string {
    const { region, accountId } = this.context.settings;
    return `arn:aws:bedrock:${region}:${accountId}:${KIND}/${id}`;
  }
}

interface ListInput {
  nameContains?: string;
  statusEquals?: string;
  maxResults?: number;
  nextToken?: string;
  sortOrder?: string;
}

/** "Aug 28, 2024, 10:47:53 PM" */
const inWords = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/**
 * A batch job of Amazon Bedrock as the other jobs are seen: by its name. Bedrock itself knows a job by an ARN that it makes up, so
 * each call looks for the name first.
 * @module
 */
import {
  ConflictException,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
  ResourceNotFoundException,
  StopModelInvocationJobCommand,
  type CreateModelInvocationJobCommandInput,
  type GetModelInvocationJobCommandOutput,
} from '@aws-sdk/client-bedrock';
import { z } from 'zod';
import { isAlreadyThere, needsAPerson } from '../aws/errors.js';
import { readText } from '../aws/s3.js';
import { batchManifest, batchOutputBelow } from '../run/batch.js';
import { brief } from '../run/brief.js';
import { grouped } from '../run/numbers.js';
import { fail } from '../spec/failures.js';
import type { Tokens } from '../spec/questions.js';
import type { Deps } from './deps.js';
import type { JobSnapshot } from './jobSnapshot.js';
import { elapsed, iso } from './times.js';

/** As SageMaker would call them: partly answered is answered, what is missing is seen in the files. */
const AS_SAGEMAKER: Record<string, Pick<JobSnapshot, 'status' | 'end'>> = {
  Completed: { status: 'Completed', end: 'completed' },
  PartiallyCompleted: { status: 'Completed', end: 'completed' },
  Failed: { status: 'Failed', end: 'user' },
  Expired: { status: 'Failed', end: 'overran' },
  Stopped: { status: 'Stopped', end: 'stopped' },
  Stopping: { status: 'Stopping' },
};

/** So many parts of a job's records are moves, of which the run hears. */
const MOVES = 20;

/** @throws ResourceNotFoundException where there is none of this name */
export async function describeBatch(deps: Deps, name: string): Promise<JobSnapshot> {
  const job = await batchJob(deps, name);
  const seen = snapshotOf(job);
  return seen.end === undefined ? seen : { ...seen, tokens: await tokensOf(deps, job) };
}

const manifestSchema = z
  .object({ inputTokenCount: z.int().min(0), outputTokenCount: z.int().min(0) })
  .transform(({ inputTokenCount: inputTokens, outputTokenCount: outputTokens }) => ({ inputTokens, outputTokens }));

/**
 * What a job has taken: of one that was stopped too, that is paid for. Undefined where it has left no word of it, or none that may
 * be read: the job has ended nevertheless.
 */
async function tokensOf(
  { s3 }: Deps,
  { jobArn, outputDataConfig }: GetModelInvocationJobCommandOutput,
): Promise<Tokens | undefined> {
  const folder = outputDataConfig?.s3OutputDataConfig?.s3Uri;
  if (folder === undefined) return undefined;
  try {
    const text = await readText(s3, batchManifest(batchOutputBelow(folder, jobArn!)));
    return text === undefined ? undefined : manifestSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (needsAPerson(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function snapshotOf(job: GetModelInvocationJobCommandOutput): JobSnapshot {
  const { status: told = 'Submitted', totalRecordCount: total, processedRecordCount: processed = 0, message } = job;
  const { status, end } = AS_SAGEMAKER[told] ?? { status: 'InProgress' };
  const records = total ? { processed, total } : undefined;
  const part = records && told === 'InProgress' ? `, ${grouped(processed)} of ${grouped(records.total)} records` : '';
  const endedAt = iso(job.endTime);
  const createdAt = iso(job.submitTime) ?? new Date().toISOString();
  return {
    key: `${told}/${records ? Math.floor((MOVES * processed) / records.total) : 0}`,
    status,
    secondaryStatus: `${told}${part}`,
    end,
    headline: [`${told}${part}`, elapsed({ createdAt, endedAt })].filter(Boolean).join(' · '),
    arn: job.jobArn!,
    instanceType: job.modelId!,
    createdAt,
    endedAt,
    failureReason: message && brief(message),
    records,
    describeCalls: 1,
  };
}

/**
 * @returns the ARN
 * @throws  ConflictException where there is one of this name: to be adopted, or somebody else's
 */
export async function createBatch(deps: Deps, request: CreateModelInvocationJobCommandInput): Promise<string> {
  if (await arnOf(deps, request.jobName!)) {
    throw new ConflictException({ message: `a job ${request.jobName} already exists`, $metadata: {} });
  }
  // Should the list not know it yet: a token that Bedrock has seen makes no second job.
  return (await deps.bedrockJobs.send(new CreateModelInvocationJobCommand(request))).jobArn!;
}

/** Whether the job of this name was asked for by this very request, whose token is its name. */
export const isOwnBatch = async (deps: Deps, name: string): Promise<boolean> =>
  (await batchJob(deps, name)).clientRequestToken === name;

/** What has ended, or never was, is as good as stopped. @throws a failure that is tried again where it cannot be stopped yet */
export async function stopBatch(deps: Deps, name: string): Promise<void> {
  const job = await batchJob(deps, name);
  if (snapshotOf(job).end !== undefined || job.status === 'Stopping') return;
  try {
    await deps.bedrockJobs.send(new StopModelInvocationJobCommand({ jobIdentifier: job.jobArn }));
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
    if (snapshotOf(await batchJob(deps, name)).end !== undefined) return;
    throw fail('Unavailable', `stopping batch job ${name}: ${(error as Error).message}`, {
      mend: 'nothing: tried again',
    });
  }
}

async function batchJob(deps: Deps, name: string): Promise<GetModelInvocationJobCommandOutput> {
  const jobIdentifier = await arnOf(deps, name);
  if (jobIdentifier === undefined) {
    throw new ResourceNotFoundException({
      message: `there is no batch job ${name}`,
      $metadata: { httpStatusCode: 404 },
    });
  }
  return deps.bedrockJobs.send(new GetModelInvocationJobCommand({ jobIdentifier }));
}

async function arnOf({ bedrockJobs }: Deps, name: string): Promise<string | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await bedrockJobs.send(new ListModelInvocationJobsCommand({ nameContains: name, nextToken }));
    const found = page.invocationJobSummaries?.find(({ jobName }) => jobName === name);
    if (found) return found.jobArn;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

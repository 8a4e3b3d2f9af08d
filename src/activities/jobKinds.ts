/**
 * What is called for each kind of job: to start it, to tell whose it is, to stop it. The rest of a job's life is the same for all.
 * @module
 */
import type { CreateModelInvocationJobCommandInput } from '@aws-sdk/client-bedrock';
import {
  CreateHyperParameterTuningJobCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  ListTagsCommand,
  StopHyperParameterTuningJobCommand,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  type CreateHyperParameterTuningJobCommandInput,
  type CreateProcessingJobCommandInput,
  type CreateTrainingJobCommandInput,
} from '@aws-sdk/client-sagemaker';
import { TAG, tagIn } from '../aws/tags.js';
import type { JobKind } from '../spec/stages.js';
import { createBatch, isOwnBatch, stopBatch } from './batchJob.js';
import type { Deps } from './deps.js';
import type { JobRef } from './jobSnapshot.js';

export type JobRequest =
  | CreateTrainingJobCommandInput
  | CreateHyperParameterTuningJobCommandInput
  | CreateProcessingJobCommandInput
  | CreateModelInvocationJobCommandInput;

/** @returns the ARN @throws what AWS says of a name that is taken */
export const create = (deps: Deps, kind: JobKind, request: JobRequest): Promise<string> =>
  CREATE[kind](deps, request as never);

const CREATE: Record<JobKind, (deps: Deps, request: never) => Promise<string>> = {
  training: async ({ sageMaker }, request: CreateTrainingJobCommandInput) =>
    (await sageMaker.send(new CreateTrainingJobCommand(request))).TrainingJobArn!,
  processing: async ({ sageMaker }, request: CreateProcessingJobCommandInput) =>
    (await sageMaker.send(new CreateProcessingJobCommand(request))).ProcessingJobArn!,
  tuning: async ({ sageMaker }, request: CreateHyperParameterTuningJobCommandInput) =>
    (await sageMaker.send(new CreateHyperParameterTuningJobCommand(request))).HyperParameterTuningJobArn!,
  batch: createBatch,
};

/** Whether the job was asked for by this request: of whatever was not, nobody knows what it does. */
export async function isOwn(
  deps: Deps,
  { kind, name, arn, requestHash }: JobRef & { arn: string; requestHash: string },
): Promise<boolean> {
  if (kind === 'batch') return isOwnBatch(deps, name);
  const { Tags = [] } = await deps.sageMaker.send(new ListTagsCommand({ ResourceArn: arn }));
  return tagIn(Tags, TAG.requestHash) === requestHash;
}

export const stop = (deps: Deps, { kind, name }: JobRef): Promise<unknown> => STOP[kind](deps, name);

/** Of a tuning job: SageMaker stops its training jobs too, and only then calls it stopped. */
const STOP: Record<JobKind, (deps: Deps, name: string) => Promise<unknown>> = {
  training: ({ sageMaker }, name) => sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: name })),
  processing: ({ sageMaker }, name) => sageMaker.send(new StopProcessingJobCommand({ ProcessingJobName: name })),
  tuning: ({ sageMaker }, name) =>
    sageMaker.send(new StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name })),
  batch: stopBatch,
};

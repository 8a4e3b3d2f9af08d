/**
 * A batch job of Amazon Bedrock: requests to one model in files, answered in files.
 * @module
 */
import type { CreateModelInvocationJobCommandInput, Tag } from '@aws-sdk/client-bedrock';
import { batchFolderOf, type BatchRound } from '../../run/batch.js';
import type { Run } from '../../run/run.js';
import { modelIn } from '../../spec/questions.js';
import { requestHash } from '../hash.js';
import { batchJobName } from '../names.js';
import { tagsFor, tagValue } from '../tags.js';
import type { Named } from './named.js';

/** How long a job may wait for its turn and run. AWS takes 24 to 168; most are through within a day. */
export const BATCH_HOURS = 72;

/** Its token is its name: to ask again is to ask for the same job. */
export function batchRequest(
  run: Run,
  { round, attempt }: { round: BatchRound; attempt: number },
): Named<CreateModelInvocationJobCommandInput> {
  const { spec, roleArn, workflowId, run: short, runId, namespace } = run;
  const { subnets, securityGroupIds } = spec.network;
  const { input, output } = batchFolderOf(run, round);
  const unnamed = {
    modelId: modelIn(spec.data.questions!).id,
    modelInvocationType: 'Converse' as const,
    roleArn,
    inputDataConfig: { s3InputDataConfig: { s3InputFormat: 'JSONL' as const, s3Uri: input } },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: output, s3EncryptionKeyId: spec.encryption.outputKmsKeyId } },
    vpcConfig: subnets && securityGroupIds ? { subnetIds: subnets, securityGroupIds } : undefined,
    timeoutDurationInHours: BATCH_HOURS,
  };
  const hash = requestHash(unnamed);
  const key = { workflowId, run: short, runId, namespace, stage: 'questions', attempt, requestHash: hash };
  const name = batchJobName(key);
  const tags = tagsFor(run, 'questions', hash, asBedrockTakes).map(({ Key, Value }): Tag => ({
    key: asBedrockTakes(Key!),
    value: asBedrockTakes(Value!),
  }));
  return { name, requestHash: hash, request: { ...unnamed, jobName: name, clientRequestToken: name, tags } };
}

/** Its tags hold fewer characters than SageMaker's. */
const asBedrockTakes = (text: string): string => tagValue(text).replace(/[^a-zA-Z0-9\s._:/=+@-]/g, '_');

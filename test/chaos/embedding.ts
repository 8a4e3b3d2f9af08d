/**
 * Runs that train no model: texts get their vectors from an endpoint, into a folder of the run's own.
 * @module
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { EmbeddingInput } from '../../src/spec/embedding.js';
import { TASK_QUEUE } from '../../src/run/ids.js';
import type { embedTexts } from '../../src/workflows/index.js';
import type { InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';

/** Nobody changes it while anything is embedded. */
export const EMBEDS = 'chaos-embeds';
const TEXTS = 'texts/texts.jsonl';

/** Its key in the bucket. */
export const outputOf = (name: string): string => `vectors/${name}/`;

/** The texts, and the endpoint that embeds them. */
export async function readyToEmbed({ s3, stack, startRun }: InstantStack): Promise<void> {
  // In the instant mode the job leaves texts of its own.
  const rows = Array.from({ length: 40 }, (_, i) => `${JSON.stringify({ id: `t${i}`, text: `text number ${i}` })}\n`);
  await s3.send(new PutObjectCommand({ Bucket: stack.describe.bucket, Key: TEXTS, Body: rows.join('') }));
  await (await startRun({ name: EMBEDS, deploy: { endpoint: EMBEDS } })).result();
}

export async function startEmbedding({ client, stack }: InstantStack, name: string): Promise<Run> {
  const { bucket } = stack.describe;
  const input: EmbeddingInput = {
    apiVersion: 'attune/v1',
    name,
    input: `s3://${bucket}/${TEXTS}`,
    output: `s3://${bucket}/${outputOf(name)}`,
    endpoint: EMBEDS,
    timings: { pollSeconds: 2, freshPollSeconds: 1, capacitySeconds: 1 },
  };
  return client.workflow.start<typeof embedTexts>('embedTexts', {
    taskQueue: TASK_QUEUE.workflows,
    workflowId: `embed/${name}`,
    args: [input],
  }) as Promise<unknown> as Promise<Run>;
}

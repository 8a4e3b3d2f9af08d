/**
 * A run as the requests to AWS are built from it, without anybody who runs it.
 * @module
 */
import type { Run } from '../../src/run/run.js';
import { fineTuneSpecSchema, type FineTuneSpecInput } from '../../src/spec/schema.js';

export const requestRun = (changes: Partial<FineTuneSpecInput>): Run => ({
  workflowId: 'finetune/t/1',
  run: '0a1b2c3d',
  spec: fineTuneSpecSchema.parse({
    apiVersion: 'attune/v1',
    name: 't',
    data: { pairs: 's3://b1b/p.jsonl' },
    ...changes,
  }),
  region: 'us-east-1',
  roleArn: 'arn:aws:iam::111122223333:role/attune',
  folder: 's3://bucket/attune/t/0a1b2c3d/',
  code: { files: 's3://bucket/code/' },
  images: { prepare: 'i', train: 'i', evaluate: 'i', deploy: 'i' },
});

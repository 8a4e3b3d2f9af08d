import { expect, test } from 'vitest';
import { prepareRequest } from '../../../src/aws/requests/processing.js';
import { trainRequest } from '../../../src/aws/requests/training.js';
import { tuneRequest } from '../../../src/aws/requests/tuning.js';
import type { Run } from '../../../src/run/run.js';
import { placesOf } from '../../../src/spec/places.js';
import { fineTuneSpecSchema, type FineTuneSpecInput } from '../../../src/spec/schema.js';

const runOf = (changes: Partial<FineTuneSpecInput>): Run => ({
  workflowId: 'finetune/t/1',
  run: '0a1b2c3d',
  spec: fineTuneSpecSchema.parse({
    apiVersion: 'attune/v1',
    name: 't',
    data: { pairs: 's3://bucket/p.jsonl' },
    ...changes,
  }),
  region: 'us-east-1',
  roleArn: 'arn:aws:iam::111122223333:role/attune',
  folder: 's3://bucket/attune/t/0a1b2c3d/',
  code: { files: 's3://bucket/code/', archive: 's3://bucket/code.tar.gz' },
  images: { prepare: 'i', train: 'i', evaluate: 'i' },
});
const limits = { maxRuntimeSeconds: 3600 };

test.each([
  ['ml.g5.xlarge', undefined],
  ['ml.m5.xlarge', 'alias/disks'],
])('the key of volumes on %s is %s: hardware encrypts the disks of an instance by itself', (instanceType, key) => {
  const at = { instanceType };
  const run = runOf({
    tune: { trials: 2 },
    encryption: { volumeKmsKeyId: 'alias/disks' },
    compute: { prepare: at, train: at },
  });
  const terms = { attempt: 1, place: placesOf(at)[0]!, limits };

  const { ProcessingResources } = prepareRequest(run, terms).request;
  expect(ProcessingResources!.ClusterConfig!.VolumeKmsKeyId).toBe(key);
  expect(trainRequest(run, terms).request.ResourceConfig!.VolumeKmsKeyId).toBe(key);
  expect(tuneRequest(run, terms, 1000).request.TrainingJobDefinition!.ResourceConfig!.VolumeKmsKeyId).toBe(key);
});

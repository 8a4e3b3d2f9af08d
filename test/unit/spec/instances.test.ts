import { ProcessingInstanceType, ProductionVariantInstanceType, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { imageFor } from '../../../src/aws/images.js';
import { BUILDS, gpuWithoutCode } from '../../../src/spec/gpus.js';
import { INSTANCES, typesFor, type Work } from '../../../src/spec/instances.js';
import { parseSpec } from '../../../src/spec/parse.js';

const OFFERED = {
  training: TrainingInstanceType,
  processing: ProcessingInstanceType,
  hosting: ProductionVariantInstanceType,
} satisfies Record<Work, Record<string, string>>;

test.each(Object.entries(OFFERED))(
  'the instance types for %s are those of the AWS SDK, no more and no less',
  (work, types) => {
    expect(typesFor(work as Work).sort()).toEqual(Object.values(types).sort());
  },
);

test('sizes are those that AWS tells', () => {
  expect(INSTANCES.get('ml.g5.12xlarge')).toMatchObject({
    vcpus: 48,
    memoryGb: 192,
    diskGb: 3800,
    gpus: 4,
    gpu: 'A10G',
  });
  expect(INSTANCES.get('ml.c6i.xlarge')).toMatchObject({ vcpus: 4, memoryGb: 8, diskGb: 0, gpus: 0 });
});

test.each(['job', 'inference'] as const)('the image for %s has the CUDA that its GPUs are told from', (purpose) => {
  expect(imageFor(purpose, 'ml.g5.xlarge', 'us-east-1')).toMatchObject({
    uri: expect.stringContaining(`-${BUILDS[purpose].cuda}-`) as string,
  });
});

test('each GPU of an instance type is known by what it can run', () => {
  const gpus = [...INSTANCES].filter(([, { gpu }]) => gpu !== undefined).map(([type]) => type);

  // None of these is in both: the oldest needs CUDA 11, and no image has code for what comes next.
  const refused = gpus.filter((type) => gpuWithoutCode('job', type) ?? gpuWithoutCode('inference', type));
  const families = new Set(refused.map((type) => type.split('.')[1]));
  expect([...families].sort()).toEqual(['g7', 'g7e', 'p2', 'p3', 'p3dn', 'p6-b200', 'p6-b300', 'p6e-gb200']);
});

test.each([
  ['ml.g5.7xlarge', 'ml.g5.8xlarge'],
  ['ml.c9i.xlarge', 'did you mean ml.c'],
  ['ml.nothing.large', 'choose a family of: c4, '],
])('a type that does not exist is refused with those that do: %s', (instanceType, mend) => {
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: 's3://bucket/p.jsonl' }, deploy: { instanceType } };

  const parsed = parseSpec(spec);
  expect(parsed.ok ? [] : parsed.problems).toMatchObject([
    { field: 'deploy.instanceType', mend: expect.stringContaining(mend) as string },
  ]);
});

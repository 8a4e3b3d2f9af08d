import { expect, test } from 'vitest';
import { imageFor } from '../../../src/aws/images.js';

test.each([
  ['job', 'ml.m5.xlarge', 'us-east-1', /^763104351884\.dkr\.ecr\.us-east-1\.amazonaws\.com\/pytorch-training:.*-cpu-/],
  ['job', 'ml.g5.xlarge', 'eu-west-1', /\/huggingface-pytorch-training:.*-gpu-/],
  ['inference', 'ml.c6i.xlarge', 'us-east-1', /\/huggingface-pytorch-inference:.*-cpu-/],
  ['inference', 'ml.g5.xlarge', 'us-east-1', /\/huggingface-pytorch-inference:.*-gpu-/],
  ['job', 'ml.m5.xlarge', 'cn-north-1', /^727897471807\.dkr\.ecr\.cn-north-1\.amazonaws\.com\.cn\//],
  ['job', 'ml.m5.xlarge', 'mx-central-1', /^637423239942\./],
] as const)('a %s on %s in %s has an image', (purpose, instanceType, region, uri) => {
  expect(imageFor(purpose, instanceType, region)).toEqual({ ok: true, uri: expect.stringMatching(uri) });
});

test.each([
  ['job', 'ml.g5.xlarge', 'eu-south-2'],
  ['inference', 'ml.c6i.xlarge', 'mx-central-1'],
  ['job', 'ml.m5.xlarge', 'nowhere-1'],
] as const)('a %s on %s in %s is refused, with the regions that have one', (purpose, instanceType, region) => {
  const choice = imageFor(purpose, instanceType, region);
  expect(choice).toMatchObject({ ok: false, regions: expect.arrayContaining(['us-east-1']) });
});

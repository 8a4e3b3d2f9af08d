import { ProductionVariantInstanceType } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { hasGpu, otherProcessorOf, sizeOf } from '../../../src/spec/instances.js';
import { deploySchema } from '../../../src/spec/schema.js';
import { workersOf } from '../../../src/spec/workers.js';

const MINI_LM = 90_900_000;
const LARGE = 1_340_000_000;
const on = (deploy: object, weights?: number) => workersOf(deploySchema.parse(deploy), weights);

test.each([
  ['as many as there are vCPUs where the memory holds them', { instanceType: 'ml.c6i.xlarge' }, MINI_LM, 4, 1],
  ['as many as the memory holds', { instanceType: 'ml.c6i.xlarge' }, LARGE, 3, 1],
  ['with more threads each where that is few', { instanceType: 'ml.c6i.2xlarge' }, 4 * LARGE, 2, 4],
  ['one of what is too large for two', { instanceType: 'ml.t2.medium' }, LARGE, 1, 2],
  ['one where the size is not known', { instanceType: 'ml.c6i.xlarge' }, undefined, 1, undefined],
  ['as many as the least of its types holds', { instanceType: ['ml.c6i.2xlarge', 'ml.c6i.xlarge'] }, LARGE, 3, 1],
  ['one on a serverless endpoint', { serverless: {} }, MINI_LM, 1, undefined],
  ['one on a GPU', { instanceType: 'ml.g5.xlarge' }, MINI_LM, 1, undefined],
  ['one a GPU of a G7e', { instanceType: 'ml.g7e.48xlarge' }, MINI_LM, 8, undefined],
  ['one a GPU', { instanceType: 'ml.g5.12xlarge' }, MINI_LM, 4, undefined],
])('a model has %s', (_, deploy, weights, workers, threads) => {
  expect(on(deploy, weights)).toEqual({ workers, ...(threads === undefined ? {} : { threads }) });
});

test('the size is known of every type without a GPU that an endpoint may have', () => {
  const types = Object.values(ProductionVariantInstanceType);
  const plain = types.filter((type) => !hasGpu(type) && otherProcessorOf(type) === undefined);

  expect(plain.filter((type) => sizeOf(type) === undefined)).toEqual([]);
});

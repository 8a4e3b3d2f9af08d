import { ProcessingInstanceType, ProductionVariantInstanceType, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { FAMILIES, familyOf, type Work } from '../../../src/spec/instances.js';

const OFFERED = {
  training: TrainingInstanceType,
  processing: ProcessingInstanceType,
  hosting: ProductionVariantInstanceType,
} satisfies Record<Work, Record<string, string>>;

test.each(Object.entries(OFFERED))('every instance type that the AWS SDK offers for %s is known', (work, types) => {
  const unknown = Object.values(types).filter((type) => !FAMILIES[work as Work].has(familyOf(type)));

  expect(unknown).toEqual([]);
});

import { expect, test } from 'vitest';
import { engineToMeasure } from '../../../src/spec/engine.js';
import { requestRun } from '../../support/requestRun.js';
import type { FineTuneSpecInput } from '../../../src/spec/schema.js';

const measured = (spec: Partial<FineTuneSpecInput>) => engineToMeasure(requestRun(spec).spec);

test('int8 is measured where CPUs serve by an image that is known, or where it is asked for', () => {
  expect(measured({})).toBe('auto');
  expect(measured({ deploy: { engine: 'int8', imageUri: 'my-image' } })).toBe('int8');
  expect(measured({ deploy: { instanceType: 'ml.g5.xlarge' } })).toBe('float32');
  expect(measured({ deploy: { imageUri: 'my-image' } })).toBe('float32');
  expect(measured({ deploy: { engine: 'float32' } })).toBe('float32');
  expect(measured({ deploy: false })).toBe('float32');
});

test('an isolated endpoint serves int8 where a wheelhouse can bring its runtime', () => {
  expect(measured({ network: { isolation: true } })).toBe('float32');
  expect(measured({ network: { isolation: true, wheelhouse: 's3://bucket/wheels/' } })).toBe('auto');
});

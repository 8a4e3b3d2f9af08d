import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as names from '../../../src/aws/names.js';

const key = fc.record({
  workflowId: fc.string({ maxLength: 1000, unit: 'binary' }),
  run: fc.stringMatching(/^[0-9a-f]{8}$/),
  stage: fc.constantFrom('prepare', 'train', 'tune', 'evaluate', 'deploy'),
  attempt: fc.integer({ min: 1, max: 1000 }),
  requestHash: fc.stringMatching(/^[0-9a-f]{64}$/),
});
const functions = [
  ['trainingJob', names.trainingJobName],
  ['processingJob', names.processingJobName],
  ['tuningJob', names.tuningJobName],
  ['model', names.modelName],
  ['endpointConfig', names.endpointConfigName],
] as const;

test.each(functions)('a name of kind %s is one that SageMaker takes, whatever the workflow id', (kind, nameOf) => {
  fc.assert(
    fc.property(key, (k) => {
      const name = nameOf(k);
      expect(name.length).toBeLessThanOrEqual(names.NAME_LIMIT[kind]);
      expect(name).toMatch(/^[a-z0-9](-*[a-z0-9]){0,62}$/);
    }),
  );
});

test.each(functions)('two requests never share a name of kind %s, and one request always has the same', (_, nameOf) => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(nameOf(a)).toBe(nameOf({ ...a }));
      if (JSON.stringify(a) !== JSON.stringify(b)) expect(nameOf(a)).not.toBe(nameOf(b));
    }),
  );
});

test.each(functions)('two namespaces, and two whole run ids, never share a name of kind %s', (_, nameOf) => {
  fc.assert(
    fc.property(key, fc.uuid(), fc.uuid(), (k, one, another) => {
      const mine = nameOf({ ...k, runId: one, namespace: 'prod' });
      expect(nameOf({ ...k, runId: one, namespace: 'dev' })).not.toBe(mine);
      if (one !== another) expect(nameOf({ ...k, runId: another, namespace: 'prod' })).not.toBe(mine);
    }),
  );
});

test('a name can be read: the run, the stage, a digest', () => {
  const name = names.trainingJobName({
    workflowId: 'finetune/support-search/20260101-ab12cd',
    run: '0a1b2c3d',
    stage: 'train',
    attempt: 1,
    requestHash: 'f'.repeat(64),
  });
  expect(name).toMatch(/^attune-support-search-20260101-ab12cd-train-[0-9a-f]{12}$/);
});

import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.js';
import { lacksOf, needsOf, shortOf } from '../../../src/spec/quotas.js';

function needs(changes: object) {
  const base = { apiVersion: 'attune/v1', name: 'support-search', data: { pairs: 's3://corpus/pairs.jsonl' } };
  const parsed = parseSpec({ ...base, ...changes });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return needsOf(parsed.spec);
}
const lacking = (changes: object, quotas: Record<string, number>) =>
  lacksOf(needs(changes), new Map(Object.entries(quotas))).map(({ field, quota, needed, has }) => [
    field,
    quota,
    needed,
    has,
  ]);

const train = (train: object) => ({ compute: { train: { instanceType: 'ml.g5.xlarge', ...train } } });

test('a quota that is not told is not lacking', () => {
  expect(lacking({}, {})).toEqual([]);
});

test('a search needs the instances of all trials that run at once', () => {
  const search = { ...train({ count: 2 }), tune: { trials: 8, parallel: 3 } };

  expect(lacking(search, { 'ml.g5.xlarge for training job usage': 5 })).toEqual([
    ['compute.train', 'ml.g5.xlarge for training job usage', 6, 5],
  ]);
  expect(lacking(search, { 'ml.g5.xlarge for training job usage': 6 })).toEqual([]);
});

test('spot without a quota goes on with on demand, and is refused only where that has none either', () => {
  const spot = 'ml.g5.xlarge for spot training job usage';
  const onDemand = 'ml.g5.xlarge for training job usage';

  expect(lacking(train({ spot: true }), { [spot]: 0, [onDemand]: 1 })).toEqual([]);
  expect(lacking(train({ spot: true }), { [spot]: 0, [onDemand]: 0 })).toEqual([
    ['compute.train', spot, 1, 0],
    ['compute.train', onDemand, 1, 0],
  ]);
});

test('what a run would go round is told apart from what stops it', () => {
  const quotas = new Map([['ml.g5.xlarge for spot training job usage', 0]]);

  expect(shortOf(needs(train({ spot: true })), quotas)).toMatchObject([{ field: 'compute.train', has: 0 }]);
});

test('the quotas over all types count too, of jobs and of endpoints', () => {
  const deploy = { deploy: { instanceType: 'ml.m5.xlarge', instanceCount: 3 } };

  expect(
    lacking(deploy, {
      'Number of instances across all processing jobs': 0,
      'Number of instances across active endpoints': 2,
      'ml.m5.xlarge for endpoint usage': 3,
    }),
  ).toEqual([
    ['compute.prepare', 'Number of instances across all processing jobs', 1, 0],
    ['compute.evaluate', 'Number of instances across all processing jobs', 1, 0],
    ['deploy', 'Number of instances across active endpoints', 3, 2],
  ]);
});

test('a serverless endpoint needs its concurrency, and no instances', () => {
  const deploy = { deploy: { serverless: { maxConcurrency: 20 } } };
  const quotas = {
    'Maximum total concurrency that can be allocated across all serverless endpoints': 10,
    'Number of instances across active endpoints': 0,
  };

  expect(lacking(deploy, quotas).map(([, , needed, has]) => [needed, has])).toEqual([[20, 10]]);
});

test('of the types that an endpoint may take, one is enough', () => {
  const deploy = { deploy: { instanceType: ['ml.c6i.xlarge', 'ml.m5.xlarge'] } };
  const lacked = { 'ml.c6i.xlarge for endpoint usage': 0 };

  expect(lacking(deploy, { ...lacked, 'ml.m5.xlarge for endpoint usage': 1 })).toEqual([]);
  expect(lacking(deploy, { ...lacked, 'ml.m5.xlarge for endpoint usage': 0 })).toHaveLength(2);
});

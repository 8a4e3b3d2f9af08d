import { expect, test } from 'vitest';
import { estimateTable } from '../../../src/cli/cost.js';
import { pricesIn } from '../../../src/aws/prices.js';
import { budgetProblems, limitsWithin } from '../../../src/spec/budget.js';
import { estimateOf, usdOf } from '../../../src/spec/cost.js';
import { fineTuneSpecSchema, type FineTuneSpecInput } from '../../../src/spec/schema.js';

const specOf = (changes: Partial<FineTuneSpecInput> = {}) =>
  fineTuneSpecSchema.parse({
    apiVersion: 'attune/v1',
    name: 'support-search',
    data: { pairs: './pairs.jsonl' },
    deploy: false,
    compute: {
      prepare: { instanceType: 'ml.m5.xlarge', maxRuntimeSeconds: 3600 },
      train: { instanceType: 'ml.g5.xlarge', maxRuntimeSeconds: 7200 },
      evaluate: { instanceType: 'ml.g5.xlarge', maxRuntimeSeconds: 3600 },
    },
    ...changes,
  });
const own = {
  asOf: 'today',
  usdPerHour: { 'ml.m5.xlarge': 0.6, 'ml.g5.xlarge': { onDemand: 3, spot: 1.2 }, 'ml.g4dn.xlarge': 1.8 },
};
const estimate = (changes: Partial<FineTuneSpecInput> = {}) => {
  const spec = specOf({ prices: own, ...changes });
  return estimateOf(spec, pricesIn('nowhere-1', spec.prices));
};
const train = (changes: object) => ({
  compute: { train: { instanceType: 'ml.g5.xlarge', maxRuntimeSeconds: 7200, ...changes } },
});

test('a run costs at least ten minutes of each job, and at most each job to its limit', () => {
  expect(estimate()).toMatchObject({
    pricesAsOf: 'today',
    estimateUsd: { low: 1.1, high: 9.6 }, // a sixth of 0.6 + 3 + 3; 0.6 + 2 · 3 + 3
    stages: [
      { stage: 'prepare', usd: { low: 0.1, high: 0.6 } },
      { stage: 'train', usd: { low: 0.5, high: 6 } },
      { stage: 'evaluate', usd: { low: 0.5, high: 3 } },
    ],
  });
});

test('several instances cost several times as much', () => {
  expect(estimate(train({ count: 4 })).stages[1]).toMatchObject({ count: 4, usd: { low: 2, high: 24 } });
});

test('of several types the cheapest makes the low end and the dearest the high one', () => {
  const { stages } = estimate(train({ instanceType: ['ml.g5.xlarge', 'ml.g4dn.xlarge'] }));

  expect(stages[1]).toMatchObject({ usd: { low: 0.3, high: 6 } });
});

test('spot may cost as little as its price, and as much as on demand', () => {
  expect(estimate(train({ spot: true })).stages[1]).toMatchObject({ spot: true, usd: { low: 0.2, high: 6 } });
});

test('without a price of its own, spot costs at least a tenth: AWS saves up to 90 %', () => {
  const { stages } = estimate(train({ instanceType: 'ml.g4dn.xlarge', spot: true }));

  expect(stages[1]).toMatchObject({ usd: { low: 0.03, high: 3.6 } });
});

test('a search costs as many trainings as it has trials', () => {
  const { stages } = estimate({ tune: { trials: 10 } });

  expect(stages[1]).toMatchObject({ stage: 'tune', jobs: 10, usd: { low: 5, high: 60 } });
});

test('a search that may end early may end after the first trials', () => {
  const { stages } = estimate({ tune: { trials: 10, parallel: 2, stop: { target: 0.9 } } });

  expect(stages[1]).toMatchObject({ usd: { low: 1, high: 60 } });
});

test('an endpoint is paid by the hour, apart from the jobs', () => {
  const { hosting, estimateUsd } = estimate({ deploy: { instanceType: 'ml.m5.xlarge', instanceCount: 2 } });

  expect(hosting).toEqual({ instanceType: 'ml.m5.xlarge', count: 2, usdPerHour: 1.2, usdPerMonth: 876 });
  expect(estimateUsd).toEqual(estimate().estimateUsd);
});

test('an unknown price is named, and nothing is added up without it', () => {
  const { estimateUsd, unknownPrices, stages } = estimate(train({ instanceType: 'ml.p3.2xlarge' }));

  expect(unknownPrices).toEqual(['ml.p3.2xlarge']);
  expect(estimateUsd).toBeUndefined();
  expect(stages[1]).not.toHaveProperty('usd');
});

test("a price of one's own goes before the built-in one", () => {
  expect(pricesIn('us-east-1', own).table).toMatchObject({
    'ml.m5.xlarge': { onDemand: 0.6 },
    'ml.m5.large': { onDemand: 0.115 },
  });
});

test('a job costs its billable seconds on all of its instances', () => {
  const { table } = pricesIn('nowhere-1', own);

  expect(usdOf({ instanceType: 'ml.g5.xlarge', count: 2, seconds: 1800 }, table)).toBe(3);
  expect(usdOf({ instanceType: 'ml.g5.xlarge' }, table)).toBe(0);
  expect(usdOf({ instanceType: 'ml.p3.2xlarge', seconds: 1 }, table)).toBeUndefined();
});

test('an endpoint on one of several types costs from the cheapest to the dearest', () => {
  const deploy = { instanceType: ['ml.g4dn.xlarge', 'ml.g5.xlarge'], instanceCount: 2 };
  const { hosting, unknownPrices } = estimate({ deploy });

  expect(hosting).toEqual({
    instanceType: 'ml.g4dn.xlarge or ml.g5.xlarge',
    count: 2,
    usdPerHour: 6,
    usdPerMonth: 4380,
    least: { usdPerHour: 3.6, usdPerMonth: 2628 },
  });
  expect(estimateTable(estimate({ deploy })).join('\n')).toContain('$3.60–$6.00 an hour, $2628.00–$4380.00 a month');
  expect(unknownPrices).toEqual([]);
  expect(estimate({ deploy: { instanceType: ['ml.g5.xlarge', 'ml.p3.2xlarge'] } })).toMatchObject({
    hosting: { instanceType: 'ml.g5.xlarge or ml.p3.2xlarge', count: 1 },
    unknownPrices: ['ml.p3.2xlarge'],
  });
});

const problemsOf = (maxUsd: number, changes: Partial<FineTuneSpecInput> = {}) =>
  budgetProblems({ budget: { maxUsd } }, estimate(changes));

test('a budget below the least that a run costs is refused', () => {
  expect(problemsOf(1)).toMatchObject([
    { field: 'budget.maxUsd', value: 1, rule: expect.stringContaining('at least 1.1') as string },
  ]);
  expect(problemsOf(1.1)).toEqual([]);
});

test('the first hour of the endpoint counts', () => {
  expect(problemsOf(1.2, { deploy: { instanceType: 'ml.m5.xlarge' } })).toMatchObject([
    { rule: expect.stringContaining('at least 1.7') as string },
  ]);
});

test('the first hour of an endpoint on one of several types counts at the cheapest', () => {
  const deploy = { instanceType: ['ml.g5.xlarge', 'ml.g4dn.xlarge'] };

  expect(problemsOf(2.8, { deploy })).toMatchObject([{ rule: expect.stringContaining('at least 2.9') as string }]);
  expect(problemsOf(2.9, { deploy })).toEqual([]);
});

test('a budget with an unknown price is refused, and the mend says which price to give', () => {
  expect(problemsOf(100, train({ instanceType: 'ml.p3.2xlarge' }))).toMatchObject([
    { field: 'prices', mend: expect.stringContaining('ml.p3.2xlarge: <USD>') as string },
  ]);
});

test('a job that the budget lets run to its own limit is not told of it', () => {
  expect(limitsWithin(10, 1, 3600)).toEqual({ maxRuntimeSeconds: 3600 });
});

test('a job that the budget ends saves its work before SageMaker ends it', () => {
  expect(limitsWithin(1, 1, 7200)).toEqual({ maxRuntimeSeconds: 3600, stopAfterSeconds: 3300 });
  expect(limitsWithin(0.01, 1, 7200)).toEqual({ maxRuntimeSeconds: 36, stopAfterSeconds: 32 });
});

const indexed = {
  deploy: { instanceType: 'ml.m5.xlarge' },
  index: { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_URL' }, table: 'docs', keepSeconds: 36_000 },
} as const;
const withIndex = (tokens: number | undefined, index = {}) => {
  const spec = specOf({ prices: own, ...indexed, index: { ...indexed.index, ...index } });
  return estimateOf(spec, pricesIn('nowhere-1', spec.prices), { indexTokens: tokens });
};
const ofIndex = ({ stages }: ReturnType<typeof estimateOf>) => stages.find(({ stage }) => stage === 'index')!;

test('embedding every passage costs what its tokens take, however short a job may be', () => {
  // all-MiniLM-L6-v2: 2 · 12 · 6 · 384² operations a token, 10e12 a second on ml.g5.xlarge; and five minutes
  const seconds = 300 + (2 * 12 * 6 * 384 ** 2 * 3e9) / 10e12;

  const { usd, why } = ofIndex(withIndex(3e9));

  expect(usd!.low).toBeCloseTo((3 * seconds) / 3600, 2);
  expect(usd!.high).toBeGreaterThanOrEqual(usd!.low);
  expect(why).toBe(`ml.g5.xlarge: about 3,000 million tokens take about ${Math.ceil(seconds / 60)} min`);
  expect(ofIndex(withIndex(1e6)).usd!.low).toBe(0.5); // ten minutes at least
  expect(ofIndex(withIndex(undefined)).why).toBeUndefined();
});

test('instances that share the shards take a part of the time, and the same money for the work', () => {
  const [one, four] = [ofIndex(withIndex(3e9)), ofIndex(withIndex(3e9, { instances: 4 }))];
  const overhead = (3 * 300) / 3600;

  expect(four.usd!.low - 4 * overhead).toBeCloseTo(one.usd!.low - overhead, 1);
});

test('the endpoint before is priced for as long as it is kept', () => {
  const { hosting } = withIndex(undefined);

  expect(hosting!.kept).toEqual({ seconds: 36_000, usd: 6 });
  expect(estimateTable(withIndex(3e9)).join('\n')).toMatch(
    /endpoint before +kept for 10h 00m after each switch +\$6\.00/,
  );
  expect(estimate({ deploy: { instanceType: 'ml.m5.xlarge' } }).hosting).not.toHaveProperty('kept');
});

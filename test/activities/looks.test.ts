import { beforeEach, expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import { evaluationReportSchema, type EvaluationReport } from '../../src/run/evaluation.js';
import { FakeS3 } from '../support/fakeS3.js';
import { inActivity } from '../support/inActivity.js';
import { requestRun } from '../support/requestRun.js';
import { written } from '../support/written.js';

const URI = 's3://bucket/attune/t/0a1b2c3d/evaluation/report.json';
let s3: FakeS3;
beforeEach(() => {
  s3 = new FakeS3();
});

/** How often the questions have decided before, as the gate hears of it. */
async function looksOf(
  candidate: number,
  test: NonNullable<EvaluationReport['settings']>['test'],
): Promise<number | undefined> {
  const mean = { mean: candidate, low: candidate, high: candidate };
  const summary = {
    questions: 2,
    passages: 2,
    metrics: { candidate: { 'ndcg@10': mean } },
    comparisons: {},
    warnings: [],
  };
  s3.put(URI, written(evaluationReportSchema, { version: 1, summary, won: [], lost: [], settings: { test } }));
  const { readEvaluation } = createIoActivities({ s3 } as unknown as Deps);
  return (await inActivity(readEvaluation, { uri: URI, run: requestRun({}) })).looks;
}

const test1 = { hash: 'a', sample: ['1', '2'] };
const half = { hash: 'b', sample: ['2', '3'] };
const other = { hash: 'c', sample: ['7', '8'] };

test('each decision on other candidates counts, in so far as it rested on the same questions', async () => {
  expect(await looksOf(0.5, test1)).toBe(0);
  expect(await looksOf(0.6, test1)).toBe(1);
  expect(await looksOf(0.7, half)).toBe(1);
  expect(await looksOf(0.8, other)).toBe(0);
  expect(s3.json('s3://bucket/attune/t/looks.json')).toMatchObject({
    tests: [
      { hash: 'a', looks: [{}, {}] },
      { hash: 'b', looks: [{}] },
      { hash: 'c', looks: [{ run: '0a1b2c3d' }] },
    ],
  });
});

test('who decides anew on the same numbers, or asks again, has not looked again', async () => {
  expect(await looksOf(0.5, test1)).toBe(0);
  expect(await looksOf(0.6, test1)).toBe(1);
  expect(await looksOf(0.6, test1)).toBe(1);
  expect(await looksOf(0.5, test1)).toBe(0);
});

test('numbers that decide nothing, and those of an earlier version, are no look', async () => {
  expect(await looksOf(0.5, undefined)).toBeUndefined();
  expect(s3.has('s3://bucket/attune/t/looks.json')).toBe(false);
});

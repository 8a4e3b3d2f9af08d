import { expect, test } from 'vitest';
import { trendLines } from '../../../src/cli/trend.js';
import type { TrendPoint } from '../../../src/client/index.js';

const point = (day: number, mean: number, testHash?: string): TrendPoint => ({
  workflowId: `finetune/search/2026010${day}-1a2b3c`,
  runId: `run-${day}`,
  startedAt: `2026-01-0${day}T09:12:00.000Z`,
  status: 'done',
  metric: 'ndcg@10',
  candidate: { mean, low: mean - 0.02, high: mean + 0.02 },
  against: { system: 'incumbent' },
  testHash,
  questions: 400,
  lineage: { base: 'a-base' },
});
const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];

test('only scores on the same test are drawn as one course', () => {
  const lines = trendLines([point(1, 0.6, a), point(2, 0.65, a), point(3, 0.7, a), point(4, 0.5, b), point(5, 0.4)]);

  expect(lines.slice(-3)).toEqual([
    '▁▅█  0.600 → 0.700  on test aaaaaaaa, 3 runs',
    '0.500  on test bbbbbbbb: one run, compares with no other',
    '0.400  on a test that is not known any more: one run, compares with no other',
  ]);
});

test('each score stands with its interval, its gain and its test', () => {
  const gain = { metric: 'ndcg@10', difference: 0.03, low: 0.01, high: 0.05 } as TrendPoint['against']['gain'];
  const [, row] = trendLines([{ ...point(1, 0.6, a), against: { system: 'base', gain }, endpoint: 'search' }])
    .join('\n')
    .split('\n');

  expect(row).toMatch(
    /^2026-01-01 09:12 {2}0\.600 \[0\.580–0\.620\] {2}\+0\.030 \[\+0\.010 to \+0\.050\] {2}base {2}aaaaaaaa {2}400 +done, search {2}finetune/,
  );
});

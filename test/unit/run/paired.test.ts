import { expect, test } from 'vitest';
import { pairedInterval } from '../../../src/run/paired.js';

const of = (...pairs: [string, number][]) => pairs.map(([group, difference]) => ({ group, difference }));
const SIX = of(['a', 0.3], ['a', -0.1], ['b', 0.2], ['c', 0], ['c', 0.5], ['d', 0.1]);

test('the interval is the one of the evaluation’s own jackknife', () => {
  const found = pairedInterval(SIX, 0.95)!;

  expect(found).toMatchObject({ confidence: 0.95, questions: 6, groups: 4, wins: 4, ties: 1, losses: 1 });
  // python/attune_jobs/evaluation/bootstrap.py, the t interval of the same numbers
  expect(found.difference).toBeCloseTo(1 / 6, 9);
  expect(found.low).toBeCloseTo(0.0139728, 6);
  expect(found.high).toBeCloseTo(0.3193605, 6);
});

test('questions of one group tell nothing of others, and none tell nothing', () => {
  expect(pairedInterval(of(['a', 0.2], ['a', 0.3]), 0.95)).toMatchObject({ low: -1, high: 1 });
  expect(pairedInterval([], 0.95)).toBeUndefined();
});

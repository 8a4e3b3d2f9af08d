import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { smallestGain } from '../../../src/run/smallestGain.js';

const gate = { confidence: 0.95, minGain: 0 };

/** What python/attune_jobs/smallest_gain.py gives, by SciPy's quantiles. */
const cases = JSON.parse(readFileSync(new URL('../../fixtures/smallest-gain.json', import.meta.url), 'utf8')) as {
  questions: number;
  groups: number;
  confidence: number;
  minGain: number;
  low?: number;
  high?: number;
}[];

test.each(cases)('$questions questions of $groups groups: what the jobs say of them too', ({ low, high, ...asked }) => {
  const gain = smallestGain(asked, asked);

  if (low === undefined || high === undefined) return expect(gain).toBeUndefined();
  expect(gain!.low).toBeCloseTo(low, 6);
  expect(gain!.high).toBeCloseTo(high, 6);
});

test('questions of few groups tell less, more confidence asks for more, and minGain comes on top', () => {
  const plain = smallestGain({ questions: 400 }, gate)!;

  expect(smallestGain({ questions: 400, groups: 100 }, gate)!.high).toBeGreaterThan(2 * plain.high);
  expect(smallestGain({ questions: 400 }, { ...gate, confidence: 0.99 })!.low).toBeGreaterThan(plain.low);
  expect(smallestGain({ questions: 400 }, { ...gate, minGain: 0.01 })!.low).toBeCloseTo(plain.low + 0.01, 6);
});

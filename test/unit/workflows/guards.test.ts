import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.js';
import { decide } from '../../../src/workflows/decision/gate.js';
import type { Comparison, EvaluationSummary, GuardScores } from '../../../src/run/evaluation.js';

const files = { corpus: 's3://bucket/c.jsonl', queries: 's3://bucket/q.jsonl', qrels: 's3://bucket/q.tsv' };

function gateWith(guard: object = {}) {
  const parsed = parseSpec({
    apiVersion: 'attune/v1',
    name: 'search',
    data: { pairs: './pairs.jsonl' },
    gate: { guards: [{ name: 'general', ...files, ...guard }] },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec.gate;
}

const comparison = (low: number, high: number, more: Partial<Comparison> = {}): Comparison => ({
  metric: 'ndcg@10',
  difference: (low + high) / 2,
  low,
  high,
  confidence: 0.95,
  wins: 20,
  ties: 60,
  losses: 20,
  ...more,
});
const score = (mean: number) => ({ mean, low: mean - 0.05, high: mean + 0.05 });
const scored = (low: number, high: number, more: Partial<GuardScores> = {}): GuardScores => ({
  name: 'general',
  questions: 100,
  passages: 1000,
  against: 'base',
  scores: { base: score(0.5), candidate: score(0.5 + (low + high) / 2) },
  comparison: comparison(low, high),
  inTraining: 0,
  ...more,
});
const better = comparison(0.02, 0.08);
const summary = (guards?: GuardScores[], comparisons: Record<string, Comparison> = {}): EvaluationSummary => ({
  questions: 200,
  passages: 2000,
  metrics: {},
  comparisons: { 'candidate-base': better, ...comparisons },
  guards,
  warnings: [],
});
const judged = (found: GuardScores | undefined, guard: object = {}, hasIncumbent = false) => {
  const evaluation = summary(found && [found], hasIncumbent ? { 'candidate-incumbent': better } : {});
  const { passed, reasons, guards } = decide(evaluation, gateWith(guard), { hasIncumbent });
  return { passed, reason: reasons.at(-1), verdict: guards[0]?.verdict };
};

test('a guard holds when the whole interval lies above minus what may be lost, here 2 % of 0.5', () => {
  expect(judged(scored(-0.01, 0.02))).toEqual({
    passed: true,
    verdict: 'held',
    reason:
      'guard general: ndcg@10 +0.005 against the base (95 % interval −0.010 to +0.020): not worse, 0.010 may be lost',
  });
});

test('a guard is lost when all of the interval lies below, and the candidate is refused however well it does else', () => {
  expect(judged(scored(-0.08, -0.02))).toEqual({
    passed: false,
    verdict: 'lost',
    reason: 'guard general: ndcg@10 −0.050 against the base (95 % interval −0.080 to −0.020): worse, 0.010 may be lost',
  });
});

test('questions that cannot tell are said to be so, and decide nothing unless the spec asks for proof', () => {
  const wide = scored(-0.2, 0.1);

  expect(judged(wide)).toMatchObject({ passed: true, verdict: 'inconclusive' });
  expect(judged(wide).reason).toMatch(
    /^guard general: inconclusive, 100 questions cannot tell: .* decides without it$/,
  );
  expect(judged(wide, { inconclusive: 'refuse' })).toMatchObject({ passed: false, verdict: 'inconclusive' });
});

test('a handful of questions is no proof, even when all of them tie', () => {
  expect(judged(scored(0, 0, { questions: 29 })).verdict).toBe('inconclusive');
  expect(judged(scored(0, 0, { questions: 30 })).verdict).toBe('held');
});

test('with a tolerance of nothing an equal model still holds', () => {
  expect(judged(scored(0, 0), { tolerance: 0 }).verdict).toBe('held');
  expect(judged(scored(-0.001, 0.1), { tolerance: 0 }).verdict).toBe('inconclusive');
});

test.each([
  ['no scores', undefined, false, /holds no scores of it/],
  ['the base where a model serves', scored(0, 0.1), true, /does not compare with the incumbent/],
  ['another metric', scored(0, 0.1, { comparison: comparison(0, 0.1, { metric: 'mrr@10' }) }), false, /mrr@10/],
  ['a narrower interval', scored(0, 0.1, { comparison: comparison(0, 0.1, { confidence: 0.8 }) }), false, /80 %/],
])('an evaluation with %s for a guard refuses the candidate', (_, found, hasIncumbent, reason) => {
  expect(judged(found, {}, hasIncumbent)).toMatchObject({
    passed: false,
    verdict: undefined,
    reason: expect.stringMatching(reason) as string,
  });
});

test('where a model serves, what may be lost is a share of its score', () => {
  const found = scored(-0.011, 0.02, {
    against: 'incumbent',
    scores: { base: score(0.1), incumbent: score(0.6), candidate: score(0.6) },
  });

  expect(judged(found, {}, true)).toMatchObject({ passed: true, verdict: 'held' });
});

test('no numbers make a guard both hold and lose, and none but a lost or missing one refuses', () => {
  const number = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(number, number, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(200), (a, b, mean, questions) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const found = scored(low, high, { questions, scores: { base: score(mean) } });
      const { passed, verdict } = judged(found);
      const margin = 0.02 * mean;

      expect(passed).toBe(verdict !== 'lost');
      expect(verdict === 'lost').toBe(high < -margin);
      if (verdict === 'held') expect(low >= -margin && questions >= 30).toBe(true);
    }),
  );
});

test('a wider tolerance never turns a guard from held to lost', () => {
  const order = ['lost', 'inconclusive', 'held'];
  const number = fc.double({ min: -1, max: 1, noNaN: true });
  const share = fc.double({ min: 0, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(number, number, share, share, (a, b, s, t) => {
      const found = scored(Math.min(a, b), Math.max(a, b));
      const rank = (tolerance: number) => order.indexOf(judged(found, { tolerance }).verdict!);
      expect(rank(Math.max(s, t))).toBeGreaterThanOrEqual(rank(Math.min(s, t)));
    }),
  );
});

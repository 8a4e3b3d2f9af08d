import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FineTuneSpec } from '../../../src/spec/schema.js';
import { decide } from '../../../src/workflows/decision/gate.js';
import type { Comparison, EvaluationSummary } from '../../../src/run/evaluation.js';

const gate: FineTuneSpec['gate'] = { metric: 'ndcg@10', confidence: 0.95, minGain: 0, minQuestions: 100, guards: [] };
const comparison = (low: number, difference: number, high: number, more: Partial<Comparison> = {}): Comparison => ({
  metric: 'ndcg@10',
  difference,
  low,
  high,
  confidence: 0.95,
  wins: 60,
  ties: 100,
  losses: 40,
  ...more,
});
const summary = (comparisons: Record<string, Comparison>, questions = 200): EvaluationSummary => ({
  questions,
  passages: 2000,
  metrics: {},
  comparisons,
  warnings: [],
});
const better = comparison(0.02, 0.05, 0.08);
const unclear = comparison(-0.01, 0.02, 0.05);

test('a candidate whose whole interval lies above zero passes, and the numbers are told', () => {
  const { passed, reasons } = decide(summary({ 'candidate-base': better }), gate, { hasIncumbent: false });

  expect(passed).toBe(true);
  expect(reasons).toEqual([
    '200 test questions, at least 100 asked for',
    'ndcg@10 +0.050 against the base (95 % interval +0.020 to +0.080): all of it lies above 0',
  ]);
});

test.each([
  ['an interval that holds zero', summary({ 'candidate-base': unclear }), gate, /does not lie above 0$/],
  [
    'an interval that touches the least gain',
    summary({ 'candidate-base': better }),
    { ...gate, minGain: 0.02 },
    /does not lie above 0.02/,
  ],
  [
    'too few questions',
    summary({ 'candidate-base': better }, 99),
    gate,
    /99 test questions decide nothing: at least 100/,
  ],
  ['no comparison', summary({}), gate, /no comparison with the base/],
  [
    'another metric',
    summary({ 'candidate-base': { ...better, metric: 'mrr@10' } }),
    gate,
    /is in mrr@10, the gate asks for ndcg@10/,
  ],
  [
    'a narrower interval than asked for',
    summary({ 'candidate-base': { ...better, confidence: 0.8 } }),
    gate,
    /asks for a 95 % interval/,
  ],
])('%s refuses the candidate', (_, evaluation, settings, reason) => {
  const { passed, reasons } = decide(evaluation, settings, { hasIncumbent: false });

  expect(passed).toBe(false);
  expect(reasons.join('\n')).toMatch(new RegExp(reason.source, 'm'));
});

test('where a model serves, beating the base is not enough', () => {
  const evaluation = summary({ 'candidate-base': better, 'candidate-incumbent': unclear });

  expect(decide(evaluation, gate, { hasIncumbent: true }).passed).toBe(false);
  expect(decide(summary({ 'candidate-base': better }), gate, { hasIncumbent: true }).passed).toBe(false);
  expect(
    decide(summary({ 'candidate-base': better, 'candidate-incumbent': better }), gate, { hasIncumbent: true }).passed,
  ).toBe(true);
});

test('fewer questions pass when the spec says so', () => {
  const few = summary({ 'candidate-base': better }, 12);

  expect(decide(few, { ...gate, minQuestions: 10 }, { hasIncumbent: false }).passed).toBe(true);
});

test('no numbers let a candidate pass whose interval does not exclude zero', () => {
  const number = fc.double({ min: -1, max: 1 });
  fc.assert(
    fc.property(number, number, number, fc.nat(), (low, mean, high, questions) => {
      const { passed } = decide(summary({ 'candidate-base': comparison(low, mean, high) }, questions), gate, {
        hasIncumbent: false,
      });
      if (low <= 0 || questions < 100 || Number.isNaN(low)) expect(passed).toBe(false);
    }),
  );
});

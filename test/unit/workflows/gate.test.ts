import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FineTuneSpec } from '../../../src/spec/schema.js';
import { decide } from '../../../src/workflows/decision/gate.js';
import type { Comparison, EvaluationSummary } from '../../../src/run/evaluation.js';

const gate: FineTuneSpec['gate'] = {
  metric: 'ndcg@10',
  confidence: 0.95,
  minGain: 0,
  minQuestions: 100,
  evidence: 'people',
  guards: [],
};
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
    '200 test questions, all by people; at least 100 asked for',
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
    /99 test questions, all by people, decide nothing: at least 100/,
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

const clear = { 'candidate-base': better };

test('however good the scores are, on headings alone the model is unproven, and what would prove it is said', () => {
  const evaluation = { ...summary(clear, 413), origins: { headings: 413 } };

  const { passed, verdict, reasons } = decide(evaluation, gate, { hasIncumbent: false });

  expect({ passed, verdict }).toEqual({ passed: false, verdict: 'unproven' });
  expect(reasons[0]).toBe(
    '413 test questions, all from headings; gate.evidence goes by those by people alone, 0, of which at least 100 are needed',
  );
  expect(reasons.at(-1)).toContain('give 100 more questions that people asked or wrote, each with');
});

test.each([
  ['people', { people: 413 }, 'passed'],
  ['headings', { headings: 413 }, 'passed'],
  ['headings', { model: 413 }, 'unproven'],
  ['generated', { model: 200, headings: 213 }, 'passed'],
  ['people', { model: 413 }, 'unproven'],
] as const)('evidence: %s, and questions of %o: %s', (evidence, origins, verdict) => {
  const evaluation = { ...summary(clear, 413), origins };

  expect(decide(evaluation, { ...gate, evidence }, { hasIncumbent: false }).verdict).toBe(verdict);
});

test('of mixed questions those alone decide that may', () => {
  const evaluation = {
    ...summary(clear, 413),
    origins: { people: 113, headings: 300 },
    admitted: { people: { questions: 113, comparisons: { 'candidate-base': unclear } } },
  };

  const byPeople = decide(evaluation, gate, { hasIncumbent: false });
  expect(byPeople.verdict).toBe('rejected');
  expect(byPeople.reasons[0]).toContain(
    '113 by people, 300 from headings; gate.evidence goes by those by people alone',
  );
  expect(byPeople.reasons[1]).toContain('+0.020 against the base');
  expect(decide(evaluation, { ...gate, evidence: 'headings' }, { hasIncumbent: false }).verdict).toBe('passed');
});

test('an evaluation that lacks the numbers on what may decide lets nothing pass', () => {
  const evaluation = { ...summary(clear, 413), origins: { people: 113, headings: 300 } };

  expect(decide(evaluation, gate, { hasIncumbent: false }).reasons[1]).toMatch(/no comparison with the base/);
});

test('questions of a report that does not say where they come from are of people', () => {
  expect(decide(summary(clear), gate, { hasIncumbent: false }).verdict).toBe('passed');
  const { evidence: _, ...before } = gate;
  expect(decide(summary(clear), before as typeof gate, { hasIncumbent: false }).verdict).toBe('passed');
});

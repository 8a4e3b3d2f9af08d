import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FineTuneSpec } from '../../../src/spec/schema.js';
import { decide } from '../../../src/workflows/decision/gate.js';
import type { Comparison, EvaluationSummary, GuardScores } from '../../../src/run/evaluation.js';

const gate: FineTuneSpec['gate'] = {
  metric: 'ndcg@10',
  confidence: 0.95,
  minGain: 0,
  minQuestions: 100,
  minGroups: 10,
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

test('one question that is missing is told as one', () => {
  const { reasons } = decide({ ...summary(clear, 198), origins: { people: 99, model: 99 } }, gate, {
    hasIncumbent: false,
  });

  expect(reasons.at(-1)).toContain('give 1 more question that people');
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

test.each([
  [9, 'unproven'],
  [10, 'passed'],
  [undefined, 'passed'],
] as const)('200 questions of %s groups: %s', (groups, verdict) => {
  const decision = decide({ ...summary(clear), groups }, gate, { hasIncumbent: false });

  expect(decision.verdict).toBe(verdict);
  if (groups === 9) {
    expect(decision.reasons[0]).toBe(
      'test questions of 9 groups decide nothing: questions of one group tell much the same, so at least 10 groups are needed',
    );
    expect(decision.reasons.at(-1)).toMatch(/it would help .* lower gate.minGroups/);
  }
});

test('of mixed questions the groups of those count that may decide', () => {
  const evaluation = {
    ...summary(clear, 413),
    groups: 400,
    origins: { people: 113, headings: 300 },
    admitted: { people: { questions: 113, groups: 4, comparisons: clear } },
  };

  expect(decide(evaluation, gate, { hasIncumbent: false }).verdict).toBe('unproven');
  expect(decide(evaluation, { ...gate, evidence: 'headings' }, { hasIncumbent: false }).verdict).toBe('passed');
});

const watched = {
  ...gate,
  guards: [{ name: 'g', corpus: 'c', queries: 'q', qrels: 'j', tolerance: 0.02, inconclusive: 'allow' as const }],
};
const mean = (value: number) => ({ mean: value, low: value - 0.05, high: value + 0.05 });
const guardOf = (base: number, incumbent: number, candidate: number, more: Partial<GuardScores> = {}): GuardScores => {
  const against = incumbent >= base ? 'incumbent' : 'base';
  const difference = candidate - Math.max(base, incumbent);
  return {
    name: 'g',
    questions: 500,
    groups: 500,
    passages: 2000,
    against,
    scores: { base: mean(base), incumbent: mean(incumbent), candidate: mean(candidate) },
    comparison: comparison(difference - 0.001, difference, difference + 0.001),
    inTraining: 0,
    ...more,
  };
};
const onGuard = (scores: GuardScores) =>
  decide({ ...summary({ 'candidate-base': better, 'candidate-incumbent': better }), guards: [scores] }, watched, {
    hasIncumbent: true,
  });

test('losses on a guard do not add up: ten retrainings together lose no more than one may', () => {
  let serving = 0.5;
  for (let retraining = 0; retraining < 10; retraining += 1) {
    const candidate = serving * 0.985;
    if (onGuard(guardOf(0.5, serving, candidate)).passed) serving = candidate;
  }

  expect(serving).toBeLessThan(0.5);
  expect(serving).toBeGreaterThanOrEqual(0.5 * 0.98);
});

test('a guard that was compared with the worse of the two, or not with both, is none', () => {
  expect(onGuard(guardOf(0.6, 0.5, 0.6, { against: 'incumbent' })).reasons.at(-1)).toMatch(
    /not the better of base and/,
  );
  const { incumbent: _, ...scores } = guardOf(0.6, 0.5, 0.6).scores;
  expect(onGuard(guardOf(0.6, 0.5, 0.6, { scores })).reasons.at(-1)).toMatch(/does not compare with the incumbent/);
});

test('a guard whose questions are of few groups cannot tell', () => {
  expect(onGuard(guardOf(0.5, 0.5, 0.6)).guards[0]!.verdict).toBe('held');
  expect(onGuard(guardOf(0.5, 0.5, 0.6, { groups: 9 })).guards[0]!.verdict).toBe('inconclusive');
});

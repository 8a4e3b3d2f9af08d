import { expect, test } from 'vitest';
import type { Comparison, EvaluationSummary } from '../../../src/run/evaluation.js';
import { afterLooks, confidenceAfter, MOST_SAMPLED, shareIn } from '../../../src/run/looks.js';
import { studentT } from '../../../src/run/studentT.js';
import { decide } from '../../../src/workflows/decision/gate.js';
import { seeded } from '../../support/dice.js';

const gate = {
  metric: 'ndcg@10' as const,
  confidence: 0.95,
  minGain: 0,
  minQuestions: 100,
  minGroups: 10,
  evidence: 'people' as const,
  guards: [],
};

const normal = (roll: () => number): number => Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());

const QUESTIONS = 100;
const T = studentT(0.975, QUESTIONS - 1);

/** What a model makes of the questions beside what any model makes of them. */
const model = (roll: () => number): number[] => Array.from({ length: QUESTIONS }, () => 0.16 * normal(roll));

function comparisonOf(candidate: readonly number[], rival: readonly number[]): Comparison {
  const differences = candidate.map((value, question) => value - rival[question]!);
  const difference = differences.reduce((sum, value) => sum + value, 0) / QUESTIONS;
  const variance = differences.reduce((sum, value) => sum + (value - difference) ** 2, 0) / (QUESTIONS - 1);
  const half = T * Math.sqrt(variance / QUESTIONS);
  const low = difference - half;
  return { metric: 'ndcg@10', difference, low, high: difference + half, confidence: 0.95, wins: 0, ties: 0, losses: 0 };
}

/** Share of 1,000 series of 20 retrainings on one test in which a model passes that is no better than any other. */
function falsePromotions(looksAt: (retraining: number) => number): number {
  const roll = seeded(1);
  let series = 0;
  for (let repeat = 0; repeat < 1000; repeat += 1) {
    const serving = model(roll);
    for (let retraining = 0; retraining < 20; retraining += 1) {
      const against = comparisonOf(model(roll), serving);
      // Against the base it is better: what is asked is whether it takes the place of a model that is as good.
      const base = { ...against, difference: 0.5, low: 0.4, high: 0.6 };
      const comparisons = { 'candidate-base': base, 'candidate-incumbent': against };
      const summary: EvaluationSummary = {
        questions: 100,
        groups: 100,
        passages: 1,
        metrics: {},
        comparisons,
        warnings: [],
      };
      if (decide(summary, gate, { hasIncumbent: true, looks: looksAt(retraining) }).passed) {
        series += 1;
        break;
      }
    }
  }
  return series / 1000;
}

test('of 20 retrainings on one test at most one series in twenty promotes a model that is no better', () => {
  expect(falsePromotions((retraining) => retraining)).toBeLessThanOrEqual(0.05);
});

test('looks that are not counted would promote one far more often', () => {
  expect(falsePromotions(() => 0)).toBeGreaterThan(0.1);
});

test('all looks there will ever be risk less than twice what the first one does', () => {
  let risk = 0;
  for (let looks = 0; looks < 10_000; looks += 1) risk += 1 - confidenceAfter(looks, 0.95);

  expect(confidenceAfter(0, 0.95)).toBeCloseTo(0.95, 12);
  expect(risk / 2).toBeLessThan(0.0412);
});

test('a first look is as it was measured; later ones are as much wider as Student’s t, and say so', () => {
  const measured = { ...comparisonOf(model(seeded(2)), model(seeded(3))), difference: 0.05, low: 0.01, high: 0.08 };

  expect(afterLooks(measured, 0, 100)).toBe(measured);
  const second = afterLooks(measured, 1, 100);
  expect(second.confidence).toBeCloseTo(0.9875, 6);
  const wider = studentT(0.99375, 99) / studentT(0.975, 99);
  expect(second.low).toBeCloseTo(0.05 - wider * 0.04, 9);
  expect(second.high).toBeCloseTo(0.05 + wider * 0.03, 9);

  const summary = {
    questions: 100,
    passages: 1,
    metrics: {},
    comparisons: { 'candidate-base': measured },
    warnings: [],
  };
  const { passed, reasons } = decide(summary, gate, { hasIncumbent: false, looks: 1 });
  expect(passed).toBe(false);
  expect(reasons[1]).toMatch(/\(98.75 % interval −0.00\d to \+0.08\d, as these questions have decided once before\)/);
});

const printOf = (from: number, to: number) => {
  const roll = seeded(5);
  const all = Array.from({ length: 3000 }, () =>
    Math.floor(roll() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  );
  const sample = all.slice(from, to).sort();
  return { hash: `${from}-${to}`, sample: sample.slice(0, MOST_SAMPLED) };
};

test.each([
  [[0, 100], [0, 100], 1],
  [[0, 100], [100, 200], 0],
  [[0, 100], [50, 100], 0.5],
  [[0, 2000], [0, 1000], 0.5],
  [[0, 1000], [0, 2000], 1],
  [[0, 2000], [1000, 3000], 0.5],
] as const)('of the questions %o an earlier test of %o held a share of %d', ([from, to], [begin, end], share) => {
  expect(Math.abs(shareIn(printOf(from, to), printOf(begin, end)) - share)).toBeLessThan(0.1);
});

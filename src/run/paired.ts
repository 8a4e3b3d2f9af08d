/**
 * A paired interval of two models on the same questions, as the evaluate job's bootstrap.py has one, without its resamples: the
 * jackknife's over groups of questions, which holds its confidence with few groups too.
 * @module
 */
import { studentT } from './studentT.js';

export interface PairedQuestion {
  /** Questions of one group tell less than as many of different ones. */
  group: string;
  /** Second minus first, in a metric of [0, 1]. */
  difference: number;
}

export interface Paired {
  difference: number;
  low: number;
  high: number;
  confidence: number;
  questions: number;
  groups: number;
  wins: number;
  ties: number;
  losses: number;
}

const TIE = 1e-9;

/**
 * Mean of the differences, plus and minus t times the standard error when each group is left out in turn.
 *
 * @param confidence  of the two-sided interval, in (0, 1)
 * @returns undefined without questions; with a single group, of which nothing is known, the interval is [-1, 1]
 *
 * Source: Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 11.
 */
export function pairedInterval(questions: readonly PairedQuestion[], confidence: number): Paired | undefined {
  if (questions.length === 0) return undefined;
  const sums = new Map<string, { sum: number; size: number }>();
  for (const { group, difference } of questions) {
    const { sum, size } = sums.get(group) ?? { sum: 0, size: 0 };
    sums.set(group, { sum: sum + difference, size: size + 1 });
  }
  const total = questions.reduce((sum, { difference }) => sum + difference, 0);
  const mean = total / questions.length;
  const groups = sums.size;
  const squares = [...sums.values()].map(({ sum, size }) => ((total - sum) / (questions.length - size) - mean) ** 2);
  const half =
    groups < 2
      ? Infinity
      : studentT((1 + confidence) / 2, groups - 1) *
        Math.sqrt(((groups - 1) / groups) * squares.reduce((sum, square) => sum + square, 0));
  return {
    difference: mean,
    low: Math.max(-1, mean - half),
    high: Math.min(1, mean + half),
    confidence,
    questions: questions.length,
    groups,
    wins: questions.filter(({ difference }) => difference > TIE).length,
    ties: questions.filter(({ difference }) => Math.abs(difference) <= TIE).length,
    losses: questions.filter(({ difference }) => difference < -TIE).length,
  };
}

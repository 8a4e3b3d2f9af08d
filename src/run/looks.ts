/**
 * The same test questions decide again and again, and each time a model that is no better may pass by chance: what may be
 * risked is spent over the looks. Imports nothing but arithmetic: workflow code loads it too.
 * @module
 */
import type { Comparison } from './evaluation.js';
import { studentT } from './studentT.js';

/**
 * What a look may risk is the first one's over the square of its number. The sum over all looks there will ever be is π²/6 of the
 * first one's: 4.1 % of one-sided risk at 95 % confidence.
 *
 * Source: alpha-spending of Foster and Stine 2008, Alpha-investing; that it holds whatever the looks have to do with each other:
 * Tian and Ramdas 2021, Online control of the familywise error rate, section 2.
 *
 * @param looks  how often the questions have decided before; a part of them, as their share
 */
export const confidenceAfter = (looks: number, confidence: number): number => 1 - (1 - confidence) / (1 + looks) ** 2;

/**
 * The comparison with its interval at that confidence: as much wider as Student's t is, since resamples so far out are too few.
 *
 * @param groups  of the questions
 */
export function afterLooks(comparison: Comparison, looks: number, groups: number): Comparison {
  if (looks === 0 || groups < 2) return comparison;
  const { difference, low, high } = comparison;
  const confidence = confidenceAfter(looks, comparison.confidence);
  const t = (of: number): number => studentT((1 + of) / 2, groups - 1);
  const wider = t(confidence) / t(comparison.confidence);
  return {
    ...comparison,
    confidence,
    low: difference - wider * (difference - low),
    high: difference + wider * (high - difference),
  };
}

/** What tells the questions of a test from those of another, in little room. */
export interface TestPrint {
  hash: string;
  /** The smallest hashes of its questions, ascending: all, where there are fewer than MOST_SAMPLED. */
  sample: string[];
}

export const MOST_SAMPLED = 256;

/**
 * How much of a test an earlier one held, from 0 to 1, by the hashes that both samples would show. Where none can be compared, all
 * of it.
 *
 * Source: bottom-k sketches, Cohen and Kaplan 2007, Summarizing data using bottom-k sketches.
 */
export function shareIn(test: TestPrint, earlier: TestPrint): number {
  if (test.hash === earlier.hash) return 1;
  const [own, others] = [test.sample, earlier.sample];
  const last = others.length < MOST_SAMPLED ? undefined : others.at(-1)!;
  const comparable = last === undefined ? own : own.filter((hash) => hash <= last);
  if (comparable.length === 0) return 1;
  const held = new Set(others);
  return comparable.filter((hash) => held.has(hash)).length / comparable.length;
}

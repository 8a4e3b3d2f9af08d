/**
 * How small a gain a gate is likely to see with so many test questions: known before anything is trained.
 * @module
 */
import { studentT } from './studentT.js';

/**
 * Standard deviation of the difference that two models make in nDCG@10 to single questions, from a small to a large one. The
 * small one is that of the gate's own null simulation (100 questions); the large one is assumed, for models that differ more.
 */
export const PAIRED_SD = { low: 0.22, high: 0.35 } as const;

/** How likely it shall be seen. */
export const POWER = 0.8;

export interface SmallestGain {
  /** With the small deviation, where each question tells something of its own. */
  low: number;
  /** With the large one, where the questions of a group tell no more than one. */
  high: number;
}

/**
 * (t of the interval's end + t of the power) · sd / √n, above `minGain`: the smallest difference that a two-sided interval of this
 * confidence leaves above zero with a probability of POWER. Student's t has one degree of freedom less than there are groups, as
 * the gate's own interval has. python/attune_jobs/smallest_gain.py says the same.
 *
 * Source: Webber, Moffat and Zobel 2008, Statistical power in retrieval experimentation, section 3; Sakai 2016, Topic set size design.
 *
 * @returns undefined with fewer than two groups: no gain is large enough
 */
export function smallestGain(
  { questions, groups = questions }: { questions: number; groups?: number },
  { confidence, minGain }: { confidence: number; minGain: number },
): SmallestGain | undefined {
  if (questions < 1 || groups < 2) return undefined;
  const t = studentT((1 + confidence) / 2, groups - 1) + studentT(POWER, groups - 1);
  const gain = (sd: number, n: number): number => minGain + (t * sd) / Math.sqrt(n);
  return { low: gain(PAIRED_SD.low, questions), high: gain(PAIRED_SD.high, groups) };
}

/**
 * How small a gain a gate is likely to see with so many test questions: known before anything is trained.
 * @module
 */

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
 * (z of the interval's end + z of the power) · sd / √n, above `minGain`: the smallest difference that a two-sided interval of this
 * confidence leaves above zero with a probability of POWER. The normal approximation of the paired test; the gate's own interval
 * is a bootstrap over groups, which agrees with it from some tens of groups on.
 *
 * Source: Webber, Moffat and Zobel 2008, Statistical power in retrieval experimentation, section 3; Sakai 2016, Topic set size design.
 *
 * @returns undefined without a question
 */
export function smallestGain(
  { questions, groups = questions }: { questions: number; groups?: number },
  { confidence, minGain }: { confidence: number; minGain: number },
): SmallestGain | undefined {
  if (questions < 1 || groups < 1) return undefined;
  const z = quantile((1 + confidence) / 2) + quantile(POWER);
  const gain = (sd: number, n: number): number => minGain + (z * sd) / Math.sqrt(n);
  return { low: gain(PAIRED_SD.low, questions), high: gain(PAIRED_SD.high, groups) };
}

/** Of the standard normal distribution, to 1e-6, by halving. */
function quantile(probability: number): number {
  let [low, high] = [-10, 10];
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    if (cumulative(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Source: Abramowitz and Stegun 1964, 26.2.17; error below 7.5e-8. */
function cumulative(x: number): number {
  if (x < 0) return 1 - cumulative(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = terms.reduceRight((rest, term) => t * (term + rest), 0);
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

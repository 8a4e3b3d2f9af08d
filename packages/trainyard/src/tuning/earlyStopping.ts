/**
 * Which running training jobs are stopped before their end, by the objective values that each has reported so far (its
 * curve: one value an epoch).
 * @module
 */

/** Fewer finished training jobs than this have no median worth the name. */
const FEWEST = 3;
/** Hyperband lets the best third go on from each rung to the next, at three times the epochs. */
const REDUCTION = 3;

/**
 * AWS's median rule: worse than the median of the running averages that finished training jobs had at the same epoch.
 *
 * @param finished  their curves; those that ended before this epoch are left out
 */
export function isBehindMedian(curve: number[], finished: number[][], isBetter: Comparison): boolean {
  const epoch = curve.length;
  const averages = finished.filter((other) => other.length >= epoch).map((other) => mean(other.slice(0, epoch)));
  if (epoch === 0 || averages.length < FEWEST) return false;
  return isBetter(median(averages), curve[epoch - 1]!);
}

export interface Halving {
  /** Epochs before which none is stopped, and after which all are. */
  min: number;
  max: number;
}

/** Asynchronous successive halving: what is to be done with a trial that has reported this curve. */
export function halve(
  { curve, passed, bracket }: { curve: number[]; passed: number; bracket: number },
  /** The curves of all other trials of the same bracket. */
  others: number[][],
  { min, max }: Halving,
  isBetter: Comparison,
): { stop: boolean; passed: number } {
  const rungs = rungsOf(min, max).slice(bracket);
  // AWS stops what goes on beyond the most it was granted.
  if (curve.length > max) return { stop: true, passed };
  for (; passed < rungs.length && curve.length >= rungs[passed]!; passed += 1) {
    const at = rungs[passed]! - 1;
    const value = curve[at]!;
    const peers = others.filter((other) => other.length > at).map((other) => other[at]!);
    const ahead = peers.filter((peer) => isBetter(peer, value)).length;
    if (ahead >= Math.max(1, Math.floor((peers.length + 1) / REDUCTION))) return { stop: true, passed };
  }
  return { stop: false, passed };
}

/** Trials take turns: the first bracket is halved from the first rung on, the last one never. */
export const bracketOf = (index: number, { min, max }: Halving): number => index % (rungsOf(min, max).length + 1);

/** After how many epochs trials are compared: MinResource, three times it, nine times it, below MaxResource. */
function rungsOf(min: number, max: number): number[] {
  const rungs = [];
  for (let rung = min; rung < max; rung *= REDUCTION) rungs.push(rung);
  return rungs;
}

export type Comparison = (one: number, other: number) => boolean;

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

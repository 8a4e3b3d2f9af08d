/**
 * Quantiles of Student's t. Imports nothing: workflow code loads it too.
 * @module
 */

/** More degrees of freedom change the sixth digit no more. */
const MOST_DEGREES = 200_000;

/** Halvings of a quarter turn: to 1e-15. */
const HALVINGS = 50;

/**
 * To 1e-9, by halving.
 *
 * @param probability  in (0.5, 1)
 * @param degrees      of freedom, from 1, whole
 */
export function studentT(probability: number, degrees: number): number {
  const nu = Math.min(degrees, MOST_DEGREES);
  const wanted = 2 * probability - 1;
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (low + high) / 2;
    if (within(middle, nu) < wanted) low = middle;
    else high = middle;
  }
  return Math.sqrt(nu) * Math.tan((low + high) / 2);
}

/**
 * How likely t lies between minus and plus √ν · tan θ.
 *
 * Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.
 */
function within(theta: number, nu: number): number {
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const odd = nu % 2;
  if (nu === 1) return (2 * theta) / Math.PI;
  let term = odd ? cosine : 1;
  let sum = 0;
  for (let k = odd ? 3 : 2; k <= nu; k += 2) {
    sum += term;
    if (term < 1e-17) break;
    term *= ((k - 1) / k) * cosine * cosine;
  }
  return odd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}

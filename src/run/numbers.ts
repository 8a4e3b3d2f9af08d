/**
 * Numbers as people read them, in a gate's reasons and on the command line alike.
 * @module
 */
import type { Score } from './evaluation.js';

/** "+0.031", "−0.004": a difference of scores, with the sign that stands as wide as the plus. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** "95 %" of a share in [0, 1], to two digits after the point where they tell. */
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

/** "61,000": a count, by thousands. */
export const grouped = (count: number): string => count.toLocaleString('en');

/** "$0.123", "$12.30" */
export const usd = (amount: number | undefined): string =>
  amount === undefined ? '–' : `$${amount.toFixed(amount < 1 ? 3 : 2)}`;

/** "0.712 [0.690–0.731]" */
export const score = (value: Score | undefined): string =>
  value ? `${value.mean.toFixed(3)} [${value.low.toFixed(3)}–${value.high.toFixed(3)}]` : '–';

export const bytes = (count: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
};

/** A digest by its first 8 digits; any other text as it is. */
export const shortHash = (text: string): string => text.replace(/^(?:sha256:)?([0-9a-f]{8})[0-9a-f]{56}$/, '$1');

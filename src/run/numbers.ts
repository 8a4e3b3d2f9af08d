/**
 * Numbers as people read them, in a gate's reasons and on the command line alike.
 * @module
 */

/** "+0.031", "−0.004": a difference of scores, with the sign that stands as wide as the plus. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** "95 %" of a share in [0, 1], to two digits after the point where they tell. */
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

/** "61,000": a count, by thousands. */
export const grouped = (count: number): string => count.toLocaleString('en');

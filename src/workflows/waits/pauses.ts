/**
 * How seldom a wait looks for what somebody else may hold for weeks: each look is events in a history that has to last as long.
 * @module
 */

const SHARE = 0.1;
const MOST_MS = 6 * 3_600_000;

/**
 * Until the next look: a tenth of the time waited so far, so that nobody waits much longer than was needed. Sixty days are some
 * 350 looks.
 *
 * @param firstMs  at least so long
 */
export const pauseAfter = (waitedMs: number, firstMs: number): number =>
  Math.max(firstMs, Math.round(Math.min(SHARE * waitedMs, MOST_MS)));

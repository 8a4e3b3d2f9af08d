/**
 * How often a wait looks without having heard anything.
 * @module
 */

const TIMES = 10;
const MOST_MS = 300_000;

/** Where events reach a wait, a poll is only for the one that gets lost: ten times the interval, five minutes at most. */
export const announcedPollMs = (pollMs: number): number => Math.max(pollMs, Math.min(TIMES * pollMs, MOST_MS));

/**
 * How long a wait without news pauses before it looks again: often where an end is likely, seldom in mid-run. Where events
 * arrive, the end is announced, and the poll is only for the event that gets lost.
 * @module
 */
import { announcedPollMs } from '../run/polls.js';
import { PROGRESS } from '../aws/requests/training.js';
import type { JobSnapshot } from './jobSnapshot.js';

/** A job that fails does so early: the wrong role, the wrong data, the wrong import. */
const FRESH_MS = 60_000;

export interface PollIntervals {
  pollMs: number;
  freshPollMs: number;
  /** Events reach this wait. */
  announced: boolean;
}

/**
 * Milliseconds to the next look, without jitter.
 *
 * @param job  as Describe just gave it; its share of steps done, where it prints one, predicts its end
 * @param now  milliseconds since the epoch
 */
export function pollDelayMs(
  { createdAt, startedAt, metrics }: Pick<JobSnapshot, 'createdAt' | 'startedAt' | 'metrics'>,
  now: number,
  { pollMs, freshPollMs, announced }: PollIntervals,
): number {
  if (announced) return announcedPollMs(pollMs);
  if (now - Date.parse(createdAt) < FRESH_MS) return freshPollMs;
  const share = metrics?.[PROGRESS];
  if (!share || startedAt === undefined) return pollMs;
  const elapsed = now - Date.parse(startedAt);
  const toLastStep = elapsed / Math.min(share, 1) - elapsed;
  // Never sleeps past the predicted last step; from there on the end may come at any moment.
  return Math.min(pollMs, Math.max(freshPollMs, toLastStep));
}

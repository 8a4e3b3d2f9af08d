/**
 * What a part of set-up is given to work with.
 * @module
 */
export interface Step {
  /** Says what is being done right now, in a few words. */
  now(text: string): void;
  /** Aborted when set-up is interrupted. */
  signal: AbortSignal;
}

/** @returns what to say and heed while another set-up does the same work */
export const waiting = (step: Step): { signal: AbortSignal; onWait: () => void } => ({
  signal: step.signal,
  onWait: () => step.now('another set-up is making it; waiting'),
});

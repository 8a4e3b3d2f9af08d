/**
 * How a search stands, in the words that terminal and Temporal UI share.
 * @module
 */
export interface TrialCounters {
  planned: number;
  completed: number;
  inProgress: number;
  failed: number;
  stopped: number;
}

/** "5 of 8 trials · 2 running · 1 failed" */
export const countersLine = ({ planned, completed, inProgress, failed, stopped }: TrialCounters): string =>
  [
    `${completed + failed + stopped} of ${planned} trials`,
    inProgress > 0 && `${inProgress} running`,
    stopped > 0 && `${stopped} stopped early`,
    failed > 0 && `${failed} failed`,
  ]
    .filter(Boolean)
    .join(' · ');

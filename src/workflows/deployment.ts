/**
 * What a change of an endpoint is asked for, and how it ends: between the run that asks and the workflow that does it.
 * @module
 */
import type { DeploymentPlan, Run, Verification } from '../activities/types.js';

export interface DeployEndpoint {
  run: Run;
  plan: DeploymentPlan;
  /** Config that served when the candidate was compared with it; absent: none did. */
  replaces?: string;
  pollMs: number;
  freshPollMs: number;
  /** How long the endpoint may be in motion. */
  settleMs: number;
  /** What the history before this one had done, where events have filled it: the endpoint is on its way to the config. */
  begun?: { serving?: string; notices: string[]; triedAgain: boolean; undoing?: Undoing };
}

/** What the history before this one was taking back, where events have filled it: all that a deployment makes. */
export interface Undoing {
  /** Config that serves again; absent: none did. */
  old?: string;
  /** Why; absent where the deployment was cancelled. */
  failure?: { type: string; message: string };
}

export type Deployed =
  | { outcome: 'deployed'; settledAt: string; verification: Verification; notices: string[] }
  /** Another model went into service since the evaluation: the comparison does not hold any more. Nothing was changed. */
  | { outcome: 'incumbentChanged'; serving?: string };

export type ChangeEndpoint = (input: DeployEndpoint) => Promise<Deployed>;

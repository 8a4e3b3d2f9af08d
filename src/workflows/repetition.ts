/**
 * A scheduled run that finds nothing new ends at once; every run that decides leaves what the next one compares itself with.
 * @module
 */
import { log, upsertMemo } from '@temporalio/workflow';
import type { Settled } from '../activities/types.js';
import { UNCHANGED_SINCE } from '../run/lineage.js';
import { io } from './waits/activities.js';
import type { Milestones } from './milestones.js';
import * as options from './waits/options.js';
import type { RunState } from './runState.js';

/** @returns whether this run would only repeat an earlier one */
export function endsUnchanged(state: RunState, milestones: Milestones, { repeats }: Settled): boolean {
  if (repeats === undefined) return false;
  state.isUnchangedSince(repeats);
  upsertMemo({ [UNCHANGED_SINCE]: repeats.workflowId });
  milestones.reached('unchanged', { status: 'done' });
  return true;
}

/** A record that cannot be written fails nothing: the next scheduled run then does the work again. */
export async function recordDecision(state: RunState, decision: 'done' | 'rejected'): Promise<void> {
  const record = state.recordOf(decision);
  if (record === undefined) return;
  try {
    await io(options.record, 'record the decision for later runs').recordDecision(record);
  } catch (error) {
    log.warn('the decision could not be recorded', { error });
    state.notice('the decision could not be recorded: a scheduled run will not know that nothing is new');
  }
}

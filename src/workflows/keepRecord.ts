/**
 * What a run was outlives Temporal's retention: at its end, however it ends, its record goes into its folder.
 * @module
 */
import { log, patched, workflowInfo } from '@temporalio/workflow';
import { filesOf } from '../run/files.js';
import { io } from './waits/activities.js';
import * as options from './waits/options.js';
import type { RunState } from './runState.js';

/** The outcome stands by now, and S3 may be away for a while: longer than for the small files on the way. */
const PATIENCE = '6h';

/** What cannot be removed costs a little each month, and fails nothing. */
export async function tidyUp(state: RunState): Promise<void> {
  const { settledRun: run, status } = state;
  if (run === undefined || state.progress().unchanged || !patched('tidies-up')) return;
  const keepsCheckpoints = status !== 'done' && status !== 'rejected';
  try {
    const { tidyRun } = io({ ...options.move, scheduleToCloseTimeout: '1h' }, 'remove checkpoints, weigh what stays');
    const { stored } = await tidyRun({ run, keepsCheckpoints });
    if (stored) state.leaves(stored);
  } catch (error) {
    log.warn('the folder of the run could not be tidied', { error });
    state.notice(`checkpoints may stay in ${filesOf(run).checkpoints}: they could not be removed`);
  }
}

/** A run that was refused has no folder, and nothing to keep. A record that cannot be written changes no outcome. */
export async function keepRecord(state: RunState): Promise<void> {
  const { settledRun } = state;
  if (settledRun === undefined || !patched('keeps-its-record')) return;
  try {
    await io({ ...options.record, scheduleToCloseTimeout: PATIENCE }, "keep the run's record").keepRun({
      run: settledRun,
      runId: workflowInfo().runId,
      progress: state.progress(),
    });
  } catch (error) {
    log.warn('the record of the run could not be kept: it is known as long as Temporal keeps it', { error });
    state.notice('the record of the run could not be written: it is known as long as Temporal keeps it');
  }
}

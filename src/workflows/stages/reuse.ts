/**
 * Nothing is paid twice: what an earlier run's job left of the same request is taken over in the place of a job.
 * @module
 */
import { isCancellation, log, upsertMemo } from '@temporalio/workflow';
import type { Found, Run } from '../../activities/types.js';
import { REUSED } from '../../run/results.js';
import type { JobStage } from '../../spec/stages.js';
import { trainedBy } from '../decision/lineage.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import type { At } from './at.js';

/**
 * @param candidate  model.tar.gz to evaluate
 * @returns undefined for runs that began before results were kept
 */
export async function takenOver(
  { state, redraw }: At,
  run: Run,
  stage: JobStage,
  candidate?: string,
): Promise<Found | undefined> {
  // Absent in a run that a version without it has settled.
  if ((run.spec.reuse as boolean | undefined) === undefined) return undefined;
  const found = await io(options.move, `has an earlier run had the same of ${stage}?`).takeOver({
    run,
    stage,
    candidate,
  });
  state.firstCall(found.calledAt);
  if (found.why) state.notice(found.why);
  if (found.taken) {
    state.takesOver(stage, found.taken);
    upsertMemo({ [REUSED]: state.reused });
  }
  redraw();
  return found;
}

/** What cannot be kept is only found by nobody: the run goes on. */
export async function kept(
  { state }: At,
  run: Run,
  stage: JobStage,
  found: Found | undefined,
  modelDataUrl?: string,
): Promise<void> {
  if (found?.digest === undefined) return;
  const made = state.progress().jobs.findLast((job) => job.stage === stage);
  const { trainingJob: trial } = stage === 'tune' ? trainedBy(state.progress().jobs) : {};
  const result = { run, stage, digest: found.digest, job: made?.name ?? '', trial, modelDataUrl };
  try {
    await io({ ...options.record, scheduleToCloseTimeout: '1h' }, `keep what ${stage} left for later runs`).keepResult(
      result,
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('a result could not be kept', { stage, error });
    state.notice(`what ${stage} left could not be noted: a later run will not find it`);
  }
}

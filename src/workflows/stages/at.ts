/**
 * What every stage works with, and how one begins.
 * @module
 */
import { CancellationScope, CancelledFailure, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { attuneStage } from '../../run/searchAttributes.js';
import type { StageName } from '../../spec/stages.js';
import { Milestones } from '../milestones.js';
import { People } from '../people.js';
import type { RunState } from '../runState.js';
import { Turns } from '../waits/turns.js';
import { currentDetails } from '../words/currentDetails.js';
import { Attempts } from './attempts.js';

export interface At {
  state: RunState;
  milestones: Milestones;
  people: People;
  attempts: Attempts;
  turns: Turns;
  /** Shows in the UI what the state says. */
  redraw: () => void;
}

/** @param input  what the run was started with, unchecked */
export function atTheStart(state: RunState, input: unknown): At {
  const redraw = (): void => setCurrentDetails(currentDetails(state.progress()));
  return {
    state,
    redraw,
    milestones: new Milestones(state, input),
    people: new People(state, input),
    turns: new Turns(),
    attempts: new Attempts(state, redraw),
  };
}

/**
 * @param more  what lists are told with the stage
 * @throws CancelledFailure when the run was cancelled in the stage before: this one does not begin
 */
export function enter({ state, redraw }: At, stage: StageName, more: SearchAttributeUpdatePair[] = []): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run was cancelled');
  state.enter(stage);
  upsertSearchAttributes([{ key: attuneStage, value: stage }, ...more]);
  redraw();
}

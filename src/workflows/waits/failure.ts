/**
 * What went wrong, out of the wrappers that Temporal puts around it.
 * @module
 */
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { fail } from '../../spec/failures.js';

/** The failure as a person should read it; undefined for what is no failure of the run but a fault in workflow code. */
export function rootFailure(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) return outOfTime(error);
    return (error.cause && rootFailure(error.cause)) ?? fail('Unexpected', error.message, error);
  }
  return error instanceof TemporalFailure ? fail('Unexpected', error.message, error) : undefined;
}

/** Days of trouble: what was being done, and the last thing that was heard of it. */
function outOfTime(error: ActivityFailure): ApplicationFailure {
  const { cause } = error.cause as TimeoutFailure;
  const last = cause instanceof ApplicationFailure ? `: ${cause.message}` : '';
  return fail('Unavailable', `${error.activityType} was not done within its time limit${last}`, error);
}

/** A wait that ran into its limit: the last thing that the poll had to say. */
export const overran = (error: unknown): error is ActivityFailure =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === 'JobStillRunning';

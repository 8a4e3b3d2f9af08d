/**
 * What went wrong, out of the wrappers that Temporal puts around it.
 * @module
 */
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TemporalFailure } from '@temporalio/workflow';
import { fail } from '../../spec/failures.js';

/** The failure as a person should read it; undefined for what is no failure of the run but a fault in workflow code. */
export function rootFailure(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    return (error.cause && rootFailure(error.cause)) ?? fail('Unexpected', error.message, error);
  }
  return error instanceof TemporalFailure ? fail('Unexpected', error.message, error) : undefined;
}

/** A wait that ran into its limit: the last thing that the poll had to say. */
export const overran = (error: unknown): error is ActivityFailure =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === 'JobStillRunning';

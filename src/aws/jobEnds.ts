/**
 * What it means that a job ended as it did: SageMaker's status and FailureReason sorted by what attune does about it.
 * @module
 */
export type JobEndClass = 'completed' | 'platform' | 'capacity' | 'budget' | 'user' | 'overran' | 'stopped';

export interface JobEnding {
  status: string;
  secondaryStatus?: string;
  failureReason?: string;
}

const FAILURE_REASONS: readonly (readonly [RegExp, JobEndClass])[] = [
  [/^CapacityError|InsufficientInstanceCapacity|Unable to provision requested ML compute capacity/, 'capacity'],
  // The training script's own words, inside what its framework adds to them.
  [/\bBudgetReached:/, 'budget'],
  [/^Internal ?Server ?Error/i, 'platform'],
];

/** For terminal statuses only. Stopped is never Completed, even where a model was left behind. */
export function classifyEnd({ status, secondaryStatus, failureReason = '' }: JobEnding): JobEndClass {
  if (status === 'Completed') return 'completed';
  if (secondaryStatus === 'MaxWaitTimeExceeded') return 'capacity';
  if (secondaryStatus === 'MaxRuntimeExceeded' || /MaxRuntime/i.test(failureReason)) return 'overran';
  if (status === 'Stopped') return 'stopped';
  return FAILURE_REASONS.find(([pattern]) => pattern.test(failureReason))?.[1] ?? 'user';
}

/** Anything else, known or not, means that the job still runs. */
export const isTerminal = (status: string): boolean => ['Completed', 'Failed', 'Stopped'].includes(status);

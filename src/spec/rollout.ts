/**
 * How an endpoint moves to another model, in numbers: used by the rules and by the request alike.
 * @module
 */
import type { FineTuneSpec } from './schema.js';

export type Deployment = Exclude<FineTuneSpec['deploy'], false>;
export type Rollout = Deployment['rollout'];

/** SageMaker's own limits on a whole update, in seconds. */
export const UPDATE_SECONDS = { least: 600, most: 28_800 } as const;

/** SageMaker watches the update: it shifts in steps, or alarms can end it. */
export const isGuarded = ({ type, alarms }: Rollout): boolean => type !== 'allAtOnce' || alarms.length > 0;

/** Seconds that an update waits, beside what the instances take to start. */
export function waitsOf(rollout: Rollout): number {
  const { type, percent, waitSeconds, terminationWaitSeconds } = rollout;
  const steps = { allAtOnce: 1, canary: 2, linear: Math.ceil(100 / percent) }[type];
  return (isGuarded(rollout) ? steps * waitSeconds : 0) + terminationWaitSeconds;
}

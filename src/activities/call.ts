/**
 * One AWS call inside an activity: its errors leave as Temporal failures, in words.
 * @module
 */
import { Context } from '@temporalio/activity';
import { toFailure, type Patience } from '../aws/errors.js';
import type { Deps } from './deps.js';

const PROPAGATION_MS = 300_000;

/** @param doing  "starting training job X", for the message */
export async function calling<T>(
  doing: string,
  deps: Deps,
  call: () => Promise<T>,
  patience: Patience = {},
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFailure(error, doing, { ...patienceOf(deps), ...patience });
  }
}

export function patienceOf({ propagationMs = PROPAGATION_MS }: Deps): Patience {
  const { currentAttemptScheduledTimestampMs, scheduledTimestampMs } = Context.current().info;
  return { propagationMs, elapsedMs: Math.max(0, currentAttemptScheduledTimestampMs - scheduledTimestampMs) };
}

export const now = (): string => new Date().toISOString();

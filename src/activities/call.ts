/**
 * One AWS call inside an activity: its errors leave as Temporal failures, in words.
 * @module
 */
import { Context } from '@temporalio/activity';
import { classify, toFailure, type Patience } from '../aws/errors.js';
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
    throw toFailure(error, doing, { ...patienceWith(error, deps), ...patience });
  }
}

/** Kept with the activity from attempt to attempt. */
interface Refusal {
  sinceMs: number;
  /** The last attempt that was refused. */
  attempt: number;
}

/**
 * A refusal that may pass is counted from the first of an unbroken row: a wait may have gone well for hours before
 * credentials or a policy were in trouble for a moment.
 */
export function patienceWith(error: unknown, { propagationMs = PROPAGATION_MS }: Deps): Patience {
  if (classify(error) !== 'propagation') return {};
  const context = Context.current();
  const { attempt } = context.info;
  const { refusal: before, ...progress } = (context.info.heartbeatDetails ?? {}) as { refusal?: Refusal };
  const sinceMs = before?.attempt === attempt - 1 ? before.sinceMs : Date.now();
  context.heartbeat({ ...progress, refusal: { sinceMs, attempt } satisfies Refusal });
  return { propagationMs, elapsedMs: Date.now() - sinceMs };
}

export const now = (): string => new Date().toISOString();

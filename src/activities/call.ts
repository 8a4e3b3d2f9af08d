/**
 * One AWS call inside an activity: its errors leave as Temporal failures, in words.
 * @module
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { mayPass, needsAPerson, toFailure, type Patience } from '../aws/errors.js';
import type { Deps } from './deps.js';

const PROPAGATION_MS = 300_000;
/** Until the next look, where the caller names no interval of its own. */
export const LOOK_AGAIN_MS = 5_000;
/** What passes by itself is told when it has lasted so long. */
const TOLD_AFTER_MS = 300_000;

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
    cancelledFirst(error);
    throw toFailure(error, doing, { ...patienceWith(error, deps), ...patience });
  }
}

/**
 * A look changes nothing, so nothing that refuses it is the end: it is tried again for as long as its caller waits.
 *
 * @param againMs  until the next look
 */
export const looking = <T>(doing: string, deps: Deps, call: () => Promise<T>, againMs = LOOK_AGAIN_MS): Promise<T> =>
  calling(doing, deps, call, { insistsAfterMs: againMs });

/** What an attempt found, as the attempt before it had: kept with the activity. */
type Found = 'refusal' | 'unanswered' | 'missing' | 'overdue' | 'withoutModel';
interface Row {
  sinceMs: number;
  /** When it was found last. Absent: an earlier version wrote it. */
  lastMs?: number;
  /** The last attempt that found it so. */
  attempt: number;
}

/**
 * For how long every attempt up to this one has found it so; 0 where the one before did not.
 *
 * @param mostGapMs  where nobody looked for longer than this, the row begins anew: an outage of attune's own is no finding
 */
export function unbrokenMs(found: Found, mostGapMs = Infinity): number {
  const context = Context.current();
  const { attempt } = context.info;
  const details = (context.info.heartbeatDetails ?? {}) as Partial<Record<Found, Row>>;
  const before = details[found];
  const lastMs = Date.now();
  const goesOn = before?.attempt === attempt - 1 && lastMs - (before.lastMs ?? lastMs) <= mostGapMs;
  const sinceMs = goesOn ? before.sinceMs : lastMs;
  context.heartbeat({ ...details, [found]: { sinceMs, lastMs, attempt } satisfies Row });
  return lastMs - sinceMs;
}

/** Whether the run should hear of a look that is refused: at once where a person has to do something about it. */
export const isToTell = (error: unknown): error is Error =>
  error instanceof ApplicationFailure && (needsAPerson(error.cause) || unbrokenMs('unanswered') >= TOLD_AFTER_MS);

/**
 * A refusal that may pass is counted from the first of an unbroken row: a wait may have gone well for hours before
 * credentials or a policy were in trouble for a moment.
 */
export function patienceWith(error: unknown, { propagationMs = PROPAGATION_MS, awaitsCredentials }: Deps): Patience {
  const awaitsCredentialsMs = awaitsCredentials ? LOOK_AGAIN_MS : undefined;
  if (!mayPass(error)) return { awaitsCredentialsMs };
  return { awaitsCredentialsMs, propagationMs, elapsedMs: unbrokenMs('refusal') };
}

/** A call that was given up because nobody waits for it any more has not failed. */
function cancelledFirst(error: unknown): void {
  const { cancellationSignal } = Context.current();
  if ((error as Error).name === 'AbortError' && cancellationSignal.aborted) throw cancellationSignal.reason as Error;
}

export const now = (): string => new Date().toISOString();

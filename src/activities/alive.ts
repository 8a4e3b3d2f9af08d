/**
 * Long activities: heard from while they work, so that a worker's death is noticed in seconds and a cancel arrives.
 * @module
 */
import { Context, heartbeat } from '@temporalio/activity';

/** A fraction of the heartbeat timeouts in workflows/waits/options.ts. */
const BEAT_MS = 5_000;

export interface Task {
  /** Aborted when the activity is cancelled or its worker shuts down: what is left undone, the next attempt does. */
  signal: AbortSignal;
  /** Sent with the next heartbeat; the next attempt finds it in `Context.current().info.heartbeatDetails`. */
  progress?: unknown;
}

/**
 * @param beatMs  between two heartbeats; a cancel is heard with the answer to one
 * @throws CancelledFailure when the work fails after its signal was aborted, whatever the work made of that
 */
export async function alive<T>(work: (task: Task) => Promise<T>, beatMs = BEAT_MS): Promise<T> {
  const task: Task = { signal: Context.current().cancellationSignal };
  const beat = setInterval(() => heartbeat(task.progress), beatMs);
  try {
    return await work(task);
  } catch (error) {
    task.signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(beat);
  }
}

/**
 * How activities are retried, in groups named by what is done to the world. A new group needs a new sentence.
 * @module
 */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/** Looks, or works out a plan. Harmless to repeat; nobody should wait for a Describe, so a cancel does not. */
export const read: ActivityOptions = {
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '2s', maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

/**
 * Checks a run and puts its small files into S3, content-addressed or under the run's own folder: repeated, it writes the
 * same again. A person waits for the answer, so trouble is not retried for an hour. A cancel waits for the attempt, so that
 * the run can name the folder it leaves.
 */
export const prepareRun: ActivityOptions = {
  startToCloseTimeout: '2m',
  heartbeatTimeout: '30s',
  scheduleToCloseTimeout: '15m',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/**
 * Creates a paid resource under a deterministic name. A retry cannot make a second one: it finds the name taken and
 * recognises its own. A cancel waits for the attempt, because a create that succeeds must be known to be undone.
 */
export const create: ActivityOptions = {
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '30m',
  retry: { initialInterval: '2s', maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** The same where other jobs must end first: a wait with a deadline of its own, which the activity keeps. */
export const createWithin = (quotaMs: number): ActivityOptions => ({
  ...create,
  scheduleToCloseTimeout: quotaMs + 1_800_000,
});

/**
 * Stops and deletes. Gone already is success, so it may be repeated; it runs where nothing cancels it, and its limit is for
 * an outage of AWS: what it leaves then is found by its tags.
 */
export const cleanUp: ActivityOptions = {
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '30m',
  retry: { initialInterval: '2s', maximumInterval: '1m' },
};

/**
 * One Describe an attempt; the server repeats it by the delay that the activity names. The whole wait is limited by
 * `giveUpMs`, which is longer than the job's own limit: SageMaker stops the job, this only catches a stuck Describe.
 */
export const wait = (giveUpMs: number, summary: string): ActivityOptions => ({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: giveUpMs,
  retry: { initialInterval: '5s', maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  summary,
});

/**
 * Writes a small file about what was decided: repeated, it writes the same again. The run has its outcome by then and should
 * not wait long for S3.
 */
export const record: ActivityOptions = {
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '15m',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
};

/**
 * Moves model archives. Repeats write the same object again; the heartbeat tells a slow download from a dead worker. Not
 * limited by attempts: an outage of S3 for some minutes would use them up.
 */
export const move: ActivityOptions = {
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '3h',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '5s', maximumInterval: '1m' },
};

/**
 * Asks the live endpoint. It changes nothing, and what the model itself refuses is an answer: only AWS trouble is tried
 * again. Half an hour of that, and the old model is put back.
 */
export const invoke: ActivityOptions = {
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

/**
 * How activities are retried, in groups named by what is done to the world. A new group needs a new sentence.
 * @module
 */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/**
 * Longer than any outage that somebody mends: of a worker, of Temporal, of AWS, of credentials. What is harmless to repeat is
 * repeated as long, and the pending activity says meanwhile what is wrong.
 */
const OUTAGE = '14d';

/**
 * On the queue of the control plane, whose rate is limited: what stops something, which costs money until then, goes before what
 * starts something, and that before what only looks.
 */
const FIRST = { priority: { priorityKey: 1 } };
const SECOND = { priority: { priorityKey: 2 } };
const LAST = { priority: { priorityKey: 5 } };

/** Looks, or works out a plan. Harmless to repeat; nobody should wait for a Describe, so a cancel does not. */
export const read: ActivityOptions = {
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '2s', maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

/**
 * Checks a run and puts its small files into S3, content-addressed or under the run's own folder: repeated, it writes the
 * same again. A person waits for the answer, and reads meanwhile in the pending activity what is wrong. A cancel waits for the
 * attempt, so that the run can name the folder it leaves.
 */
export const prepareRun: ActivityOptions = {
  startToCloseTimeout: '2m',
  heartbeatTimeout: '30s',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '1s', maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/**
 * Creates a paid resource under a deterministic name. A retry cannot make a second one: it finds the name taken and
 * recognises its own. A cancel waits for the attempt, because a create that succeeds must be known to be undone.
 */
export const create: ActivityOptions = {
  ...SECOND,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '2s', maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/**
 * The same where other jobs must end first: the activity keeps the deadline of that wait, and the server's comes later, so
 * that an outage is no refusal.
 */
export const createWithQuota: ActivityOptions = { ...create, scheduleToCloseTimeout: '60d' };

/**
 * Stops and deletes. Gone already is success, so it may be repeated; it runs where nothing cancels it, and its limit is for
 * an outage of AWS: what it leaves then is found by its tags.
 */
export const cleanUp: ActivityOptions = {
  ...FIRST,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '2s', maximumInterval: '1m' },
};

/**
 * One Describe an attempt; the server repeats it by the delay that the activity names. The wait has no limit here: SageMaker
 * ends the job, and the activity tells by SageMaker's own times when it should have. An outage is not the job's time.
 */
export const wait = (summary: string): ActivityOptions => ({
  ...LAST,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '5s', maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  summary,
});

/**
 * Writes a small file about what was decided: repeated, it writes the same again. The run has its outcome by then;
 * where S3 is away, it is still there to be written down.
 */
export const record: ActivityOptions = {
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '1s', maximumInterval: '30s' },
};

/**
 * Tells a person. A receiver that does not answer is tried for some two minutes: the end of a run waits for them. Attempts are
 * counted, not time, so that an outage of workers is no refusal; what has been told already, a later attempt finds on record.
 */
export const tell: ActivityOptions = {
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '2s', maximumInterval: '1m', maximumAttempts: 6 },
};

/**
 * Moves model archives. Repeats write the same object again; the heartbeat tells a slow download from a dead worker. Not
 * limited by attempts: an outage of S3 for some minutes would use them up.
 */
export const move: ActivityOptions = {
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: OUTAGE,
  heartbeatTimeout: '30s',
  retry: { initialInterval: '5s', maximumInterval: '1m' },
};

/**
 * Asks a language model about many passages. What has been answered is in S3, so a repeat asks about the rest alone. A cancel
 * waits for the attempt, which hears it within a second: nothing is asked any more when the run has ended.
 */
export const askModel: ActivityOptions = {
  ...move,
  startToCloseTimeout: '2h',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/**
 * Puts documents into the vector store, builds the graph over them, asks it. Each is repeated without doubles; a graph over millions
 * takes hours. A cancel waits for the attempt, which hears it within a second: what is removed afterwards is then written by nobody.
 */
export const fillIndex: ActivityOptions = {
  ...move,
  startToCloseTimeout: '24h',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/**
 * Has an endpoint embed shards of texts, or counts what has come of them. A shard that is there is not made again, so a repeat goes on
 * where the attempt before it ended. A cancel waits for the attempt, which hears it within a second: nothing is asked any more then.
 */
export const embed: ActivityOptions = {
  ...move,
  startToCloseTimeout: '24h',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** Looks at versions of an index, or removes one that does not serve. Gone already is success. */
export const dropIndex: ActivityOptions = {
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '2s', maximumInterval: '1m' },
};

/**
 * Asks the live endpoint. It changes nothing, and what the model itself refuses is an answer: only AWS trouble is tried
 * again.
 */
export const invoke: ActivityOptions = {
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: OUTAGE,
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

/**
 * What a person decides about a run: approve, reject, cancel.
 * @module
 */
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { hostname, userInfo } from 'node:os';
import { requestHash } from '../../aws/hash.js';
import { approve, reject } from '../../run/messages.js';
import type { Progress, Verdict } from '../../run/progress.js';
import { AttuneError } from '../../spec/attuneError.js';
import { nextApart } from '../../spec/failures.js';
import { progressOfRun } from './progress.js';
import { askWorker, findRun, whyNoAnswer } from '../temporal.js';

/** @throws AttuneError InvalidRequest with the run's own words when it does not wait for a decision */
export const approveRun = (client: Client, id: string, verdict: Verdict): Promise<{ workflowId: string }> =>
  decide(client, id, approve, verdict);
export const rejectRun = (client: Client, id: string, verdict: Verdict): Promise<{ workflowId: string }> =>
  decide(client, id, reject, verdict);

async function decide(
  client: Client,
  id: string,
  update: UpdateDefinition<void, [Verdict]>,
  verdict: Verdict,
): Promise<{ workflowId: string }> {
  const handle = await findRun(client, id);
  try {
    // The same decision sent twice is one update.
    const updateId = requestHash({ update: update.name, ...verdict }).slice(0, 32);
    await askWorker(client, handle, `sending "${update.name}" to ${handle.workflowId}`, () =>
      handle.executeUpdate(update, { args: [{ identity: senderOf(), ...verdict }], updateId }),
    );
    return { workflowId: handle.workflowId };
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new AttuneError(
        'InvalidRequest',
        nextApart(error.cause?.message ?? error.message).what,
        `see where it stands: attune show ${handle.workflowId}`,
        { cause: error },
      );
    }
    if ((error as Error).name === 'WorkflowNotFoundError') {
      throw new AttuneError(
        'InvalidRequest',
        `${handle.workflowId} has ended already`,
        `see how: attune show ${handle.workflowId}`,
        { cause: error },
      );
    }
    throw error;
  }
}

export interface Cancelled {
  workflowId: string;
  /** False when it had ended before. */
  cancelled: boolean;
  progress: Progress;
}

export interface CancelOptions {
  /** Called once, after 10 s, where no worker takes the cancel up: why not, in words. */
  onStuck?: (why: string) => void;
}

const STUCK_AFTER_MS = 10_000;

/** Asks a run to stop, waits until it has cleaned up, and tells what it stopped. */
export async function cancelRun(
  client: Client,
  id: string,
  reason?: string,
  { onStuck = () => undefined }: CancelOptions = {},
): Promise<Cancelled> {
  const handle = await findRun(client, id);
  const { workflowId } = handle;
  const { status, runId } = await handle.describe();
  if (status.name !== 'RUNNING' && status.name !== 'PAUSED') {
    return { workflowId, cancelled: false, progress: await progressOfRun(client, handle) };
  }
  const { username } = userInfo();
  await client.workflowService.requestCancelWorkflowExecution({
    namespace: client.options.namespace,
    identity: `${username}@attune`,
    // One request however often it is sent.
    requestId: requestHash({ workflowId, runId, reason }).slice(0, 32),
    workflowExecution: { workflowId, runId },
    reason: reason ?? `cancelled by ${username}`,
  });
  const slow = setTimeout(() => {
    // It says what it can; the wait goes on in any case.
    whyNoAnswer(client, handle).then(
      (why) => why && onStuck(why),
      () => undefined,
    );
  }, STUCK_AFTER_MS);
  await handle
    .result()
    .catch(() => undefined) // however it ends, its progress tells
    .finally(() => clearTimeout(slow));
  const progress = await progressOfRun(client, handle);
  return { workflowId, cancelled: progress.status === 'cancelled', progress };
}

/** Of this machine, which is all that a client can vouch for. */
const senderOf = (): string => `${userInfo().username}@${hostname()}`;

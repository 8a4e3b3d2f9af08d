/**
 * What a run knows about itself, also when it has ended and no worker is left to ask.
 * @module
 */
import { QueryRejectedError, WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { progress as progressQuery } from '../../run/messages.js';
import { freshProgress, type Progress, type RunStatus } from '../../run/progress.js';
import { attuneModel, attuneStage } from '../../run/searchAttributes.js';
import type { Stage } from '../../run/stages.js';
import { AttuneError } from '../../spec/attuneError.js';
import { askWorker, findRun } from '../temporal.js';

/** @throws AttuneError RunNotFound; NoWorker when the run goes on and nobody can tell how */
export async function progressOf(client: Client, id: string): Promise<Progress> {
  return progressOfRun(client, await findRun(client, id));
}

export const progressOfRun = async (client: Client, handle: WorkflowHandle): Promise<Progress> =>
  (await look(client, handle)).progress;

export interface Look {
  progress: Progress;
  /** Whether the workflow has ended: from then on nothing changes. */
  ended: boolean;
  /** When it ended, ISO 8601. */
  endedAt?: string;
}

export async function look(client: Client, handle: WorkflowHandle): Promise<Look> {
  const { status, typedSearchAttributes, closeTime } = await handle.describe();
  const endedAt = closeTime?.toISOString();
  if (status.name === 'COMPLETED') return { progress: (await handle.result()) as Progress, ended: true, endedAt };

  const asked = askWorker(client, handle, `asking ${handle.workflowId} for its progress`, () =>
    handle.query(progressQuery),
  );
  if (status.name === 'PAUSED') {
    const stage = typedSearchAttributes.get(attuneStage) as Stage | undefined;
    const name = typedSearchAttributes.get(attuneModel) ?? '';
    return { progress: await asked.catch(pausedAt(handle, name, stage)), ended: false };
  }
  if (status.name === 'RUNNING') return { progress: await asked, ended: false };
  const told = await asked.catch((error: unknown) => {
    if (error instanceof AttuneError && error.type === 'NoWorker') return undefined;
    throw error;
  });
  const end = await endOf(handle);
  const known = told ?? freshProgress(handle.workflowId, typedSearchAttributes.get(attuneModel) ?? '');
  return { progress: { ...known, status: end.status, failure: known.failure ?? end.failure }, ended: true, endedAt };
}

/** The server rejects what a paused run is asked: what it has on record is all that there is to know. */
const pausedAt =
  ({ workflowId }: WorkflowHandle, name: string, stage: Stage = 'preflight') =>
  (error: unknown): Progress => {
    if (!(error instanceof QueryRejectedError) && !/paused|rejected/i.test((error as Error).message)) throw error;
    const notice = `the run is paused and answers nothing: temporal workflow unpause --workflow-id ${workflowId}`;
    return { ...freshProgress(workflowId, name), stage, notices: [notice] };
  };

/** How a run that did not complete ended. */
async function endOf(handle: WorkflowHandle): Promise<{ status: RunStatus; failure?: Progress['failure'] }> {
  try {
    await handle.result();
    return { status: 'done' };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = innermost(error.cause);
    if (cause instanceof CancelledFailure) return { status: 'cancelled' };
    const type = cause instanceof ApplicationFailure ? (cause.type ?? 'Unexpected') : (cause?.name ?? 'Unexpected');
    return { status: 'failed', failure: { type, message: cause?.message ?? error.message } };
  }
}

function innermost(error: Error | undefined): Error | undefined {
  const cause = error instanceof TemporalFailure ? error.cause : undefined;
  return cause instanceof TemporalFailure ? innermost(cause) : error;
}

/**
 * A run that ended before its work was done goes on: from the stage that failed, over what it has already.
 * @module
 */
import type { Client } from '@temporalio/client';
import { searchAttributePayloadConverter } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { userInfo } from 'node:os';
import { requestHash } from '../../aws/hash.js';
import type { Progress } from '../../run/progress.js';
import { attuneStage } from '../../run/searchAttributes.js';
import { AttuneError } from '../../spec/attuneError.js';
import { STAGE_NAMES, type StageName } from '../../spec/stages.js';
import { findRun } from '../temporal.js';
import { look } from './progress.js';

export interface RetryOptions {
  /** The stage to go on from: one that the run came to. Default: the last one. */
  from?: string;
}

export interface Retried {
  workflowId: string;
  /** Of the execution that goes on; workflow id, S3 folder and job names stay. */
  runId: string;
  /** The stage from which it goes on. */
  from: StageName;
  /** The run's page in Temporal's Web UI; only its path where the UI's address is not known. */
  ui: string;
}

/**
 * Goes on with a run that failed, was cancelled or terminated, or that nobody decided about in time. Jobs that have completed
 * are taken over, from whichever stage it goes on; one that failed or was stopped is run again.
 *
 * @throws AttuneError InvalidRequest where there is nothing to go on with, RunNotFound where Temporal does not know the run
 */
export async function retryRun(
  client: Client,
  page: (workflowId: string, runId: string) => string,
  id: string,
  { from }: RetryOptions = {},
): Promise<Retried> {
  const handle = await findRun(client, id);
  const { workflowId } = handle;
  const { runId: endedRunId } = await handle.describe();
  const ended = client.workflow.getHandle(workflowId, endedRunId);
  const { progress, ended: hasEnded } = await look(client, ended);
  assertCanGoOn(progress, hasEnded);
  const entries = stageEntries(await ended.fetchHistory());
  const { stage, taskId } = entryOf(workflowId, entries, from);
  const { username } = userInfo();
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    identity: `${username}@attune`,
    workflowExecution: { workflowId, runId: endedRunId },
    workflowTaskFinishEventId: taskId,
    // One reset however often it is sent.
    requestId: requestHash({ workflowId, endedRunId, retry: stage }).slice(0, 32),
    reason: `attune retry from ${stage}, by ${username}`,
    // What was said to the run after that point was said about what it did then: an approval, a stop, a place in a queue.
    resetReapplyExcludeTypes: [SIGNALS, UPDATES],
  });
  return { workflowId, runId, from: stage, ui: page(workflowId, runId) };
}

/** Of the server's ResetReapplyExcludeType. */
const SIGNALS = 1;
const UPDATES = 2;

function assertCanGoOn({ workflowId, status, decision, stage, failure, approval }: Progress, hasEnded: boolean): void {
  const refuse = (why: string, mend: string): never => {
    throw new AttuneError('InvalidRequest', `${workflowId} ${why}`, mend);
  };
  if (!hasEnded)
    refuse(
      `still runs, at ${stage}: there is nothing to continue from`,
      `follow it: attune watch ${workflowId}; or stop it first: attune cancel ${workflowId}`,
    );
  if (status === 'done') refuse('is done: there is nothing to continue', `see it: attune show ${workflowId}`);
  if (status === 'rejected' && approval?.verdict === 'rejected')
    refuse(
      `was rejected by ${approval.by}, on record: a retry asks nobody again`,
      'submit its spec again to have a person decide anew',
    );
  if (status === 'rejected' && decision === 'unproven')
    refuse(
      'is unproven: the same questions would decide as little',
      `see what is missing: attune show ${workflowId}; then submit the spec again, which takes over what was done`,
    );
  if (status === 'rejected')
    refuse(
      'was judged and rejected: the same model would be judged in the same way',
      `see why: attune show ${workflowId}; then change the spec and submit it`,
    );
  if (failure?.type === 'SpecRefused')
    refuse('has done nothing to continue from: its spec was refused', 'change the named fields and submit again');
  if (failure?.type === 'BudgetReached')
    refuse(
      'has spent its budget, which a retry does not raise',
      'raise budget.maxUsd or choose cheaper instances, and submit again',
    );
}

/** When a run entered a stage. */
export interface StageEntry {
  stage: StageName;
  /** Id of the event in which the workflow task was completed that entered it. */
  taskId: Long;
}
type Long = NonNullable<NonNullable<NonNullable<History['events']>[number]['eventId']>>;

/** In the order in which they were entered; one that was entered twice is there twice. */
export function stageEntries({ events }: History): StageEntry[] {
  const entries: StageEntry[] = [];
  let last: string | undefined;
  for (const { upsertWorkflowSearchAttributesEventAttributes: upserted } of events ?? []) {
    const payload = upserted?.searchAttributes?.indexedFields?.[attuneStage.name];
    const taskId = upserted?.workflowTaskCompletedEventId;
    if (!payload || !taskId) continue;
    const [stage] = [searchAttributePayloadConverter.fromPayload<unknown>(payload)].flat();
    // At its end a run says once more at which stage it ended.
    if (stage !== last && isStage(stage)) entries.push({ stage, taskId });
    last = String(stage);
  }
  return entries;
}

const isStage = (stage: unknown): stage is StageName => (STAGE_NAMES as unknown[]).includes(stage);

/** The endpoint beside the one in service is removed where its index does not come to serve: a deployment makes it anew. */
const GONE_WITH_IT: readonly (string | undefined)[] = ['index', 'switch'] satisfies StageName[];

const startOf = (last: StageName | undefined): StageName | undefined => (GONE_WITH_IT.includes(last) ? 'deploy' : last);

function entryOf(workflowId: string, entries: readonly StageEntry[], from: string | undefined): StageEntry {
  const cameTo = [...new Set(entries.map(({ stage }) => stage))];
  const wanted = from ?? startOf(entries.at(-1)?.stage);
  const found = GONE_WITH_IT.includes(wanted) ? undefined : entries.findLast(({ stage }) => stage === wanted);
  if (found) return found;
  if (from === undefined)
    throw new AttuneError('InvalidRequest', `${workflowId} ended before its first stage`, 'submit the spec again');
  if (!isStage(from))
    throw new AttuneError(
      'InvalidRequest',
      `there is no stage ${from}`,
      `name one that the run came to: ${cameTo.join(', ')}`,
    );
  throw new AttuneError(
    'InvalidRequest',
    from === 'verify'
      ? 'an endpoint is verified by its deployment, not by itself'
      : GONE_WITH_IT.includes(from)
        ? `what ${from} works with went with it: the run continues from deploy`
        : `${workflowId} never came to stage ${from}`,
    `name one that it came to: ${cameTo.join(', ')}`,
  );
}

/**
 * `temporal workflow reset`, as a person calls it.
 * @module
 */
import type { Client } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { fineTune } from '../../src/workflows/index.js';
import type { Run } from './loop.js';

/** Where a reset goes back to: by the UI's and the CLI's names. */
export type ResetPoint = 'FirstWorkflowTask' | 'LastWorkflowTask';

/** Of the server's ResetReapplyExcludeType. */
const SIGNALS = 1;
const UPDATES = 2;

/**
 * Resets a run, and what was sent to it after that point is sent to it again, as the CLI does.
 *
 * @param reapply  as the CLI's `--reapply-exclude All` where false
 * @returns the run as it goes on
 */
export async function reset(
  client: Client,
  run: Pick<Run, 'workflowId'>,
  to: ResetPoint,
  { reapply = true } = {},
): Promise<Run> {
  const { workflowId } = run;
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const completed = events!.filter(({ workflowTaskCompletedEventAttributes: task }) => task);
  const { eventId } = (to === 'FirstWorkflowTask' ? completed.at(0) : completed.at(-1))!;
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId: (await client.workflow.getHandle(workflowId).describe()).runId },
    workflowTaskFinishEventId: eventId,
    requestId: randomUUID(),
    reason: 'a test',
    resetReapplyExcludeTypes: reapply ? [] : [SIGNALS, UPDATES],
  });
  return client.workflow.getHandle<typeof fineTune>(workflowId, runId) as unknown as Run;
}

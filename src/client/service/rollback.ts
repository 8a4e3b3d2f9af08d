/**
 * An endpoint goes back to the model before: a workflow of its own does it, so that no client has to stay for it.
 * @module
 */
import type { Client } from '@temporalio/client';
import { hostname, userInfo } from 'node:os';
import { rollbackWorkflowId, TASK_QUEUE } from '../../run/ids.js';
import type { RollBack, RolledBack } from '../../run/rollback.js';
import { resultOf, type WaitOptions } from '../waited.js';

export interface RollbackOptions extends Pick<RollBack, 'by' | 'reason'>, WaitOptions {}

/**
 * Waits until the model before serves, verified, or why it does not. One that goes on already is joined.
 *
 * @param taskQueue  of the workers. Default `attune`
 * @throws AttuneError of the failure's own type: NotAvailable where there is nothing to go back to
 */
export async function rollback(
  client: Client,
  endpoint: string,
  { by, reason, onStuck }: RollbackOptions,
  taskQueue: string = TASK_QUEUE.workflows,
): Promise<RolledBack> {
  const asked: RollBack = { endpoint, by, reason, identity: `${userInfo().username}@${hostname()}` };
  const handle = await client.workflow.start('rollBack', {
    taskQueue,
    workflowId: rollbackWorkflowId(endpoint, taskQueue),
    args: [asked],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `${endpoint} → the model before`.slice(0, 180),
  });
  return resultOf<RolledBack>(client, handle, `endpoint ${endpoint} was not taken back`, { onStuck });
}

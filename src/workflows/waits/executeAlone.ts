/**
 * Child workflows of which only one may run under an id, whichever run started it.
 * @module
 */
import { ParentClosePolicy, executeChild, sleep } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

/** One child of this id at a time: while another run's holds it, waits for its end. */
export async function executeAlone<T extends (input: never) => Promise<unknown>>(
  type: string,
  workflowId: string,
  input: Parameters<T>[0],
  staticSummary: string,
  retryMs: number,
): Promise<Awaited<ReturnType<T>>> {
  for (;;) {
    try {
      return (await executeChild(type, {
        workflowId,
        args: [input],
        staticSummary,
        // Also when this run is terminated: the child then stops what it started.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      })) as Awaited<ReturnType<T>>;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(retryMs, { summary: `waiting: another run holds ${workflowId}` });
    }
  }
}

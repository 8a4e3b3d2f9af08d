/**
 * Child workflows of which only one may run under an id, whichever run started it.
 * @module
 */
import { ParentClosePolicy, executeChild, sleep } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

type Child = (input: never) => Promise<unknown>;
type Start<T extends Child> = [
  type: string,
  workflowId: string,
  input: Parameters<T>[0],
  staticSummary: string,
  retryMs: number,
];

/** One child of this id at a time: while another run's holds it, waits for its end. */
export async function executeAlone<T extends Child>(...start: Start<T>): Promise<Awaited<ReturnType<T>>> {
  for (;;) {
    const ended = await executeUnlessHeld<T>(...start);
    if (ended) return ended.result;
  }
}

/** The same; undefined, a while later, where another run's child held the id: what it did may leave nothing to do. */
export async function executeUnlessHeld<T extends Child>(
  ...[type, workflowId, input, staticSummary, retryMs]: Start<T>
): Promise<{ result: Awaited<ReturnType<T>> } | undefined> {
  try {
    const result = (await executeChild(type, {
      workflowId,
      args: [input],
      staticSummary,
      // Also when this run is terminated: the child then stops what it started.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    })) as Awaited<ReturnType<T>>;
    return { result };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await sleep(retryMs, { summary: `waiting: another run holds ${workflowId}` });
    return undefined;
  }
}

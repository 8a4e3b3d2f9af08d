/**
 * Child workflows of which only one may run under an id, whichever run started it.
 * @module
 */
import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowFailure,
  ParentClosePolicy,
  TerminatedFailure,
  TimeoutFailure,
  getExternalWorkflowHandle,
  log,
  patched,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { fail } from '../../spec/failures.js';
import { pauseAfter } from './pauses.js';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

type Child = (input: never) => Promise<unknown>;
type Start<T extends Child> = [
  type: string,
  workflowId: string,
  input: Parameters<T>[0],
  staticSummary: string,
  retryMs: number,
];

/**
 * One child of this id at a time: while another run's holds it, waits for its end.
 *
 * @throws EndedFromOutside where neither the child nor this run ended it
 */
export async function executeAlone<T extends Child>(
  ...[type, workflowId, input, staticSummary, retryMs]: Start<T>
): Promise<Awaited<ReturnType<T>>> {
  const since = Date.now();
  for (;;) {
    const pauseMs = pauseAfter(Date.now() - since, retryMs);
    const ended = await executeUnlessHeld<T>(type, workflowId, input, staticSummary, pauseMs);
    if (ended) return ended.result;
  }
}

/** The same; undefined, a while later, where another run's child held the id: what it did may leave nothing to do. */
export async function executeUnlessHeld<T extends Child>(
  ...[type, workflowId, input, staticSummary, retryMs]: Start<T>
): Promise<{ result: Awaited<ReturnType<T>> } | undefined> {
  try {
    const child = await startChild(type, {
      workflowId,
      args: [input],
      staticSummary,
      // Also when this run is terminated: the child then stops what it started.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    return { result: (await endOf(child)) as Awaited<ReturnType<T>> };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw inWords(error, workflowId);
    await sleep(retryMs, { summary: `waiting: another run holds ${workflowId}` });
    return undefined;
  }
}

/**
 * A cancel goes to the history that the child began with (SDK 1.24), and nowhere where that one goes on in another: so it is sent to
 * the id too, which is this run's as long as its child holds it.
 */
async function endOf({ workflowId, result }: { workflowId: string; result(): Promise<unknown> }): Promise<unknown> {
  let ended = false;
  CancellationScope.current().cancelRequested.catch(() => {
    if (ended || !patched('cancel-follows-its-child')) return;
    CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).cancel()).catch((error: unknown) =>
      log.debug('the child had ended when it was cancelled', { workflowId, error }),
    );
  });
  try {
    return await result();
  } finally {
    ended = true;
  }
}

/** A run whose child was cancelled by somebody else has not been cancelled itself. */
function inWords(error: unknown, workflowId: string): unknown {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : undefined;
  const how = howEnded(cause);
  if (how === undefined || !patched('ends-from-outside')) return error;
  return fail('EndedFromOutside', `workflow ${workflowId} was ${how}`, error as Error);
}

function howEnded(cause: Error | undefined): string | undefined {
  if (cause instanceof TerminatedFailure) return 'terminated, by a person or because its history was full';
  if (cause instanceof TimeoutFailure) return 'ended by its time-out';
  const byOthers = cause instanceof CancelledFailure && !CancellationScope.current().consideredCancelled;
  return byOthers ? 'cancelled from outside' : undefined;
}

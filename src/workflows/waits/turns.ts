/**
 * A run's place in an endpoint's queue.
 * @module
 */
import {
  CancellationScope,
  ParentClosePolicy,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { EndpointQueue } from '../endpointQueue.js';
import { ifWellFormed, isRound } from '../messageChecks.js';
import { pauseAfter } from './pauses.js';
import { leavePlace, takePlace, yourTurn, type Ticket } from '../../run/messages.js';

/** A deployment takes minutes: whoever waits for one looks no more often than this whether the queue is still there. */
const CHECK_POLLS = 10;

export class Turns {
  private rounds = 0;
  /** A call for an earlier place can come late: it is not one for this place. */
  private called = 0;

  constructor() {
    setHandler(
      yourTurn,
      ifWellFormed(yourTurn, isRound, (round) => void (this.called = round)),
      { description: "Internal: the endpoint's queue calls the run whose turn it is" },
    );
  }

  /** Does the work when it is this run's turn in the endpoint's queue, and leaves it however it ends. */
  async at<T>(queue: string, pollMs: number, work: () => Promise<T>): Promise<T> {
    const { workflowId, runId } = workflowInfo();
    const ticket = { workflowId, runId, round: (this.rounds += 1) };
    const checkMs = CHECK_POLLS * pollMs;
    const since = Date.now();
    try {
      do await queueUp(queue, { waiting: [ticket], checkMs });
      while (!(await condition(() => this.called === ticket.round, pauseAfter(Date.now() - since, checkMs))));
      return await work();
    } finally {
      await CancellationScope.nonCancellable(() => told(queue, leavePlace, ticket));
    }
  }
}

/** Takes the place, or finds that it was taken before; the queue is started where there is none. */
async function queueUp(workflowId: string, queue: EndpointQueue): Promise<void> {
  for (;;) {
    try {
      // Not to be cancelled: a start that a cancel meets before the server has answered would never be heard of again (SDK
      // 1.24). The answer takes no time, and whoever was cancelled stops at the next step.
      await CancellationScope.nonCancellable(() =>
        startChild('endpointQueue', {
          workflowId,
          args: [queue],
          // It is everybody's, and outlives the run that happened to start it.
          parentClosePolicy: ParentClosePolicy.ABANDON,
        }),
      );
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    // Where it has ended meanwhile, a new one is started.
    if (await told(workflowId, takePlace, queue.waiting[0]!)) return;
  }
}

/** @returns whether the queue was there to hear it */
async function told(queue: string, signal: typeof takePlace, ticket: Ticket): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(queue).signal(signal, ticket);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}

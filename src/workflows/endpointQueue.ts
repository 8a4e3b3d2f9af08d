/**
 * Who changes an endpoint next: first come, first served. It orders and locks nothing: the deployment's own id does that.
 * @module
 */
import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { ifWellFormed, isTicket } from './messageChecks.js';
import { leavePlace, takePlace, yourTurn, type Ticket } from '../run/messages.js';
import { forMarkdown } from '../spec/foreignText.js';
import { pauseAfter } from './waits/pauses.js';

export interface EndpointQueue {
  waiting: Ticket[];
  /** How often it looks whether the run whose turn it is still runs; the longer that takes, the more seldom. */
  checkMs: number;
}

/** So that what is carried into the next history fits into it, whoever floods the queue. */
const MOST_WAITING = 1_000;

export async function endpointQueue({ waiting, checkMs }: EndpointQueue): Promise<void> {
  const queue = [...waiting];
  const place = (ticket: Ticket): number =>
    queue.findIndex(({ runId, round }) => runId === ticket.runId && round === ticket.round);
  const leave = (ticket: Ticket): void => {
    const at = place(ticket);
    if (at >= 0) queue.splice(at, 1);
  };
  setHandler(
    takePlace,
    ifWellFormed(takePlace, isTicket, ({ workflowId, runId, round }) => {
      const ticket = { workflowId, runId, round };
      // A run that finds no place comes again: it looks now and then whether the queue is still there.
      if (place(ticket) < 0 && queue.length < MOST_WAITING) queue.push(ticket);
    }),
    { description: 'Internal: a run wants to change the endpoint' },
  );
  setHandler(leavePlace, ifWellFormed(leavePlace, isTicket, leave), {
    description: 'Internal: a run has changed the endpoint, or does not want to any more',
  });

  let served: Ticket | undefined;
  let since = 0;
  for (let first = queue[0]; first !== undefined; first = queue[0]) {
    setCurrentDetails(
      queue
        .slice(0, 100)
        .map(({ workflowId }, i) => `${i + 1}. ${forMarkdown(workflowId)}`)
        .join('\n'),
    );
    if (served !== first) since = Date.now();
    served = first;
    // Told again at each look: a run that was terminated takes no signal, and loses its place.
    if (!(await tell(first))) leave(first);
    else await condition(() => queue[0] !== first || isFull(), pauseAfter(Date.now() - since, checkMs));
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof endpointQueue>({ waiting: queue, checkMs });
  }
}

/** Also while one is served: others may flood the queue meanwhile. */
const isFull = (): boolean => workflowInfo().continueAsNewSuggested && patched('queue-continues-at-once');

/** @returns whether the run was there to hear it */
async function tell({ workflowId, runId, round }: Ticket): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId, runId).signal(yourTurn, round);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}

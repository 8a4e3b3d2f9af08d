/**
 * Who changes an endpoint next: first come, first served. It orders and locks nothing: the deployment's own id does that.
 * @module
 */
import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { leavePlace, takePlace, yourTurn, type Ticket } from '../run/messages.js';
import { forMarkdown } from '../spec/foreignText.js';

export interface EndpointQueue {
  waiting: Ticket[];
  /** How often it looks whether the run whose turn it is still runs. */
  checkMs: number;
}

export async function endpointQueue({ waiting, checkMs }: EndpointQueue): Promise<void> {
  const queue = [...waiting];
  const place = (ticket: Ticket): number =>
    queue.findIndex(({ runId, round }) => runId === ticket.runId && round === ticket.round);
  const leave = (ticket: Ticket): void => {
    const at = place(ticket);
    if (at >= 0) queue.splice(at, 1);
  };
  setHandler(takePlace, (ticket) => {
    if (place(ticket) < 0) queue.push(ticket);
  });
  setHandler(leavePlace, leave);

  for (let first = queue[0]; first !== undefined; first = queue[0]) {
    setCurrentDetails(queue.map(({ workflowId }, i) => `${i + 1}. ${forMarkdown(workflowId)}`).join('\n'));
    const served = first;
    // Told again at each look: a run that was terminated takes no signal, and loses its place.
    if (!(await tell(served))) leave(served);
    else await condition(() => queue[0] !== served, checkMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof endpointQueue>({ waiting: queue, checkMs });
  }
}

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

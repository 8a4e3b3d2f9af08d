/**
 * What a workflow that waits has to tell the run it waits for. A run that is gone does not want it.
 * @module
 */
import { getExternalWorkflowHandle, log, workflowInfo, type SignalDefinition } from '@temporalio/workflow';
import { waitNotice } from '../../run/messages.js';

export function tellRun<T>(signal: SignalDefinition<[T]>, news: T): void {
  const { parent } = workflowInfo();
  if (!parent) return;
  getExternalWorkflowHandle(parent.workflowId, parent.runId)
    .signal(signal, news)
    .catch((error: unknown) => log.debug('the run did not take the news', { error }));
}

/** Tells the run once that AWS refuses the looks of a wait, and looks on. */
export class Refusals {
  private told = false;

  /** @param look  comes back with the refusal instead of trying again, where it is asked to tell */
  async heard<T extends object>(look: (tellsRefusal: boolean) => Promise<T | { refused: string }>): Promise<T> {
    for (;;) {
      const now = await look(!this.told);
      if (!('refused' in now)) return now;
      this.told = true;
      tellRun(waitNotice, now.refused);
    }
  }
}

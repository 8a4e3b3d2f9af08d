/**
 * Events to signals. An event is a hint: whoever gets it asks SageMaker. It never starts a workflow, so that a stray one
 * starts nothing.
 * @module
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { jobStateChanged } from '../workflows/messages.js';
import { parseEvent, type ParsedEvent } from './parse.js';

export interface Counts {
  signalled: number;
  /** The workflow is not there: it has ended, or the job is not attune's. */
  nobodyWaits: number;
  ignored: number;
  malformed: number;
}

export interface Bridge {
  /** Delivers one envelope. Throws only when Temporal cannot be reached: the sender should try again. */
  deliver(envelope: unknown): Promise<ParsedEvent>;
  counts: Readonly<Counts>;
}

/** @param source  named in each signal: "http", "eventbridge" */
export function createBridge(client: Pick<Client, 'workflow'>, source: string): Bridge {
  const counts: Counts = { signalled: 0, nobodyWaits: 0, ignored: 0, malformed: 0 };
  return {
    counts,
    async deliver(envelope) {
      const event = parseEvent(envelope, source);
      if (event.kind !== 'change') {
        counts[event.kind] += 1;
        return event;
      }
      try {
        await client.workflow.getHandle(event.workflowId).signal(jobStateChanged, event.change);
        counts.signalled += 1;
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        counts.nobodyWaits += 1;
      }
      return event;
    },
  };
}

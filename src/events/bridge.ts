/**
 * Events to signals. An event is a hint: whoever gets it asks SageMaker. It never starts a workflow, so that a stray one
 * starts nothing.
 * @module
 */
import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { jobStateChanged, type JobStateChanged } from '../run/messages.js';
import { Pace } from './pace.js';
import { parseEvent, type ParsedEvent } from './parse.js';

export interface Counts {
  signalled: number;
  /** The workflow is not there: it has ended, or the job is not attune's. */
  nobodyWaits: number;
  /** Temporal will not take it, however often it is tried: the workflow has had more signals than one may have. */
  refused: number;
  ignored: number;
  malformed: number;
  /** One of a burst for one workflow: a later one stands for it. */
  repeated: number;
}

export interface Bridge {
  /** Delivers one envelope. Throws only when Temporal cannot be reached: the sender should try again. */
  deliver(envelope: unknown): Promise<ParsedEvent>;
  counts: Readonly<Counts>;
}

/** How long a signal may take. A live server answers in milliseconds; a silent one must not hold up a shutdown. */
const SIGNAL_WITHIN_MS = 10_000;

/** Of one workflow. A training job announces five changes; more than that is a repetition or a flood. */
const PACE = { burst: 6, everyMs: 1_000 };

/** @param source  named in each signal: "http", "eventbridge" */
export function createBridge(client: Pick<Client, 'workflow' | 'withDeadline'>, source: string): Bridge {
  const counts: Counts = { signalled: 0, nobodyWaits: 0, refused: 0, ignored: 0, malformed: 0, repeated: 0 };
  const pace = new Pace<JobStateChanged>(async (workflowId, change) => {
    try {
      await client.withDeadline(Date.now() + SIGNAL_WITHIN_MS, () =>
        client.workflow.getHandle(workflowId).signal(jobStateChanged, change),
      );
      counts.signalled += 1;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) counts.nobodyWaits += 1;
      else if (isRefusal(error)) counts.refused += 1;
      else throw error;
    }
  }, PACE);
  return {
    counts,
    async deliver(envelope) {
      const event = parseEvent(envelope, source);
      if (event.kind !== 'change') {
        counts[event.kind] += 1;
        return event;
      }
      if (!(await pace.deliver(event.workflowId, event.change))) counts.repeated += 1;
      return event;
    },
  };
}

const INVALID_ARGUMENT = 3; // gRPC
const isRefusal = (error: unknown): boolean => {
  const { cause } = error as Error;
  return isGrpcServiceError(cause) && Number(cause.code) === INVALID_ARGUMENT;
};

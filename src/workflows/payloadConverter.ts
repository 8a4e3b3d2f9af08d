/**
 * How workflows read payloads. What the SDK cannot read fails the workflow's task, at each attempt: of what an activity or a child
 * answers that is right, because a worker may be set up wrongly. A signal, an update or a query that whoever reaches the server
 * sent in a form that nobody reads would hold its workflow for ever: its handler gets to know that there is nothing to read.
 * @module
 */
import {
  DefaultPayloadConverter,
  ValueError,
  defaultPayloadConverter,
  type Headers,
  type Payload,
  type SerializationContext,
} from '@temporalio/common';
import { workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';

/** In place of an argument. Nothing takes it for well formed. */
export class Unreadable {
  constructor(readonly why: string) {}
}

class Converter extends DefaultPayloadConverter {
  override fromPayload<T>(payload: Payload, context?: SerializationContext): T {
    try {
      return super.fromPayload<T>(payload, context);
    } catch (error) {
      // Of what is said to this workflow the context is its own; of a child's result it is the child's.
      if (context?.type !== 'workflow' || context.workflowId !== workflowInfo().workflowId) throw error;
      return new Unreadable((error as Error).message) as T;
    }
  }
}

export const payloadConverter = new Converter();

/**
 * Before all others. A workflow's own input is none of a stranger's: another worker may read it. Headers are read by tracing alone,
 * which an unreadable one would fail as an argument does.
 */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: (input, next) => {
        const unreadable = input.args.find((arg) => arg instanceof Unreadable);
        if (!unreadable) return next(readableHeaders(input));
        // Not a failure of the workflow, but of its task: as the SDK's own.
        throw new ValueError(
          `the input cannot be read (${unreadable.why}): set ATTUNE_DATA_CONVERTER to the module that its client and workers use`,
        );
      },
      handleSignal: (input, next) => next(readableHeaders(input)),
      handleQuery: (input, next) => next(readableHeaders(input)),
      handleUpdate: (input, next) => next(readableHeaders(input)),
      validateUpdate: (input, next) => next(readableHeaders(input)),
    },
  ],
});

const readableHeaders = <T extends { headers: Headers }>(input: T): T => ({
  ...input,
  headers: Object.fromEntries(Object.entries(input.headers).filter(([, payload]) => isReadable(payload))),
});

function isReadable(payload: Payload): boolean {
  try {
    defaultPayloadConverter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}

/**
 * Somebody's workflow, which no worker runs: what it is told stands in its history.
 * @module
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';

export const listening = (client: Client): Promise<WorkflowHandle> =>
  client.workflow.start('nightly', { workflowId: `listener-${randomUUID()}`, taskQueue: 'nobody-polls' });

/** The payloads of a signal, in the order of their arrival. */
export async function heardBy<T>(listener: WorkflowHandle, signalName: string): Promise<T[]> {
  const { events } = await listener.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === signalName
      ? [JSON.parse(Buffer.from(signal.input!.payloads![0]!.data!).toString()) as T]
      : [],
  );
}

/**
 * Workflow ids, shared by client, parents and the event bridge, so that each finds the other without a lookup.
 * Imports nothing: workflow code loads it too.
 * @module
 */

/** The three task queues of a name: workflows, calls of AWS's control plane, the moving of bytes. */
export const queuesOf = <const T extends string>(name: T) =>
  ({ workflows: name, aws: `${name}-aws`, io: `${name}-io` }) as const;

/** Those of a namespace that serves one AWS account and region. One process polls all of them by default. */
export const TASK_QUEUE = queuesOf('attune');

export type QueueKind = keyof typeof TASK_QUEUE;

/** The workflow that waits for a SageMaker job. */
export const jobWorkflowId = (jobName: string): string => `job/${jobName}`;

/** The workflow that changes an endpoint: one at a time per endpoint, because ids are unique among running workflows. */
export const deployWorkflowId = (endpointName: string): string => `endpoint/${endpointName}`;

/** The queue before that workflow: runs of one endpoint deploy in the order in which they came. */
export const queueWorkflowId = (endpointName: string): string => `endpoint-queue/${endpointName}`;

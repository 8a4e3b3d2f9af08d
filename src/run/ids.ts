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

/**
 * Where an endpoint is: "111122223333/eu-west-1". Behind one namespace there may be two of one name, of two accounts or regions.
 *
 * @param roleArn  of the jobs: of the account that they run in
 */
export const accountAndRegion = ({ roleArn, region }: { roleArn: string; region: string }): string =>
  `${/^arn:[^:]*:iam::(\d{12}):/.exec(roleArn)?.[1] ?? '?'}/${region}`;

/** The same, of a resource. Undefined where it is no ARN of one. */
export function accountAndRegionIn(arn: string): string | undefined {
  const [, region, account] = /^arn:[^:]*:sagemaker:([a-z0-9-]+):(\d{12}):/.exec(arn) ?? [];
  return account === undefined ? undefined : `${account}/${region}`;
}

/**
 * The workflow that changes an endpoint: one at a time per endpoint, because ids are unique among running workflows.
 *
 * @param where  its account and region. Absent: as earlier versions named it, by the endpoint alone
 */
export const deployWorkflowId = (endpointName: string, where?: string): string =>
  `endpoint/${placed(endpointName, where)}`;

/**
 * The workflow that builds an index for the model that serves. Each account and region has a queue of its own.
 *
 * @param endpointName  as the spec names it
 */
export const buildWorkflowId = (endpointName: string, taskQueue: string): string =>
  `index-build/${taskQueue}/${endpointName}`;

/** The workflow that brings an index level with its documents, likewise. */
export const syncWorkflowId = (endpointName: string, taskQueue: string): string =>
  `index-sync/${taskQueue}/${endpointName}`;

/** The workflow that fills a folder with vectors: one at a time. @param digest  of the folder's URI */
export const embedWorkflowId = (name: string, digest: string): string => `embed/${name}/${digest.slice(0, 12)}`;

/** The queue before that workflow: runs of one endpoint deploy in the order in which they came. */
export const queueWorkflowId = (endpointName: string, where?: string): string =>
  `endpoint-queue/${placed(endpointName, where)}`;

const placed = (name: string, where: string | undefined): string => (where === undefined ? name : `${where}/${name}`);

/** The workflow that a person goes back by, to the model before. Each account and region has a queue of its own. */
export const rollbackWorkflowId = (endpointName: string, taskQueue: string): string =>
  `rollback/${taskQueue}/${endpointName}`;

/**
 * The workflow that removes what served before, with an index.
 *
 * @param endpointName  as the spec names it
 * @param index         digest of what tells the index from all others. Absent: as earlier versions named it
 */
export const retireWorkflowId = (endpointName: string, index?: string): string =>
  `index-retire/${index === undefined ? endpointName : `${endpointName}/${index}`}`;

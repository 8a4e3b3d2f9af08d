/**
 * Whose a resource is: the run that its tags name, and how that run stands.
 * @module
 */
import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { Progress } from '../../run/progress.js';

export interface OwnerTags {
  /** Tag `attune:workflow`. */
  workflowId: string;
  /** Tag `attune:run`: last 8 hex digits of the first execution's run id. */
  run: string;
}

export type Owner =
  | { state: 'running' }
  /** `how`: "done" or "rejected"; else Temporal's word, such as "terminated". */
  | { state: 'ended'; how: string }
  /** Temporal does not know it: forgotten after its retention, or of another server or namespace. */
  | { state: 'unknown' };

/** Answers each run once: an ended one stays ended, and what belonged to a running one is not touched. */
export function ownersIn(client: Client): (tags: OwnerTags) => Promise<Owner> {
  const known = new Map<string, Promise<Owner>>();
  return (tags) => {
    const key = `${tags.workflowId} ${tags.run}`;
    const found = known.get(key) ?? ownerOf(client, tags);
    known.set(key, found);
    return found;
  };
}

async function ownerOf(client: Client, { workflowId, run }: OwnerTags): Promise<Owner> {
  const latest = await described(client, workflowId);
  if (latest === undefined) return { state: 'unknown' };
  const firstRunId = latest.raw.workflowExecutionInfo?.firstRunId || latest.runId;
  // One workflow id runs once at a time: an earlier run than the latest has ended.
  if (!firstRunId.endsWith(run)) return { state: 'ended', how: 'followed by another run' };
  if (goesOn(latest)) return { state: 'running' };
  if (latest.status.name !== 'COMPLETED') {
    return { state: 'ended', how: latest.status.name.toLowerCase().replaceAll('_', ' ') };
  }
  const { status } = (await client.workflow.getHandle(workflowId, latest.runId).result()) as Progress;
  return { state: 'ended', how: status };
}

/** Whether a workflow of this id goes on right now. */
export async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  const latest = await described(client, workflowId);
  return latest !== undefined && goesOn(latest);
}

/** What the last workflow of this id returned; undefined where it did not come so far. */
export async function lastResult(client: Client, workflowId: string): Promise<unknown> {
  const latest = await described(client, workflowId);
  return latest?.status.name === 'COMPLETED' ? client.workflow.getHandle(workflowId, latest.runId).result() : undefined;
}

/** By its id, not by a query: visibility lags behind. */
async function described(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

const goesOn = ({ status }: WorkflowExecutionDescription): boolean =>
  ['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW'].includes(status.name);

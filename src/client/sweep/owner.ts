/**
 * Whose a resource is: the run that its tags name, and how that run stands. A run is over only where that very run was found,
 * with all that came of it, and has ended; whatever else cannot be told from a run that goes on.
 * @module
 */
import { isSameOwner, type OwnerTags } from '../../aws/tags.js';
import { sha256 } from '../../aws/hash.js';
import { accountAndRegionIn, deployWorkflowId } from '../../run/ids.js';
import type { Progress } from '../../run/progress.js';
import type { Execution, WhatTemporalKnows } from './temporal.js';

export type Owner =
  | { state: 'running' }
  /** `how`: "done" or "rejected"; else Temporal's word, such as "terminated". */
  | { state: 'over'; how: string; why: string }
  /** Temporal answers that it knows it no more, or not wholly. */
  | { state: 'forgotten'; why: string }
  /** It may go on: in another namespace, or in this one, of which nothing was to be learnt. */
  | { state: 'unknown'; why: string };

/** Answers each run once. Right before something is removed, its owner is looked up again. */
export function ownersIn(temporal: WhatTemporalKnows): (tags: OwnerTags) => Promise<Owner> {
  const known: { tags: OwnerTags; owner: Promise<Owner> }[] = [];
  return (tags) => {
    const found = known.find((one) => isSameOwner(one.tags, tags) && one.tags.runId === tags.runId);
    if (found) return found.owner;
    const owner = ownerOf(temporal, tags);
    known.push({ tags, owner });
    return owner;
  };
}

export async function ownerOf(temporal: WhatTemporalKnows, tags: OwnerTags): Promise<Owner> {
  if (tags.namespace !== undefined && tags.namespace !== temporal.namespace)
    return { state: 'unknown', why: `made in the Temporal namespace ${tags.namespace}: sweep there` };
  try {
    const workflowId = await workflowIdIn(temporal, tags);
    if (workflowId === undefined) return forgotten;
    const all = await temporal.executionsOf(workflowId, tags.runId);
    return judged(
      all.filter(({ firstRunId }) => (tags.runId ? firstRunId === tags.runId : firstRunId.endsWith(tags.run))),
    );
  } catch (error) {
    return unanswered(error);
  }
}

/** Under which ids an endpoint's deployments run: earlier versions told neither account nor region. */
export const deploymentIdsOf = (endpoint: string, arn: string): string[] => [
  deployWorkflowId(endpoint, accountAndRegionIn(arn)),
  deployWorkflowId(endpoint),
];

/** Whether a deployment of the endpoint goes on right now. Not answered: it may. */
export async function mayDeploy(
  temporal: WhatTemporalKnows,
  endpoint: string,
  arn: string,
): Promise<'yes' | 'no' | 'unanswered'> {
  const each = await Promise.all(deploymentIdsOf(endpoint, arn).map((id) => mayRun(temporal, id)));
  return each.find((one) => one === 'yes') ?? each.find((one) => one === 'unanswered') ?? 'no';
}

/** Whether a workflow of this id goes on right now. Not answered: it may. */
export async function mayRun(temporal: WhatTemporalKnows, workflowId: string): Promise<'yes' | 'no' | 'unanswered'> {
  try {
    const latest = await temporal.latestOf(workflowId);
    return latest !== undefined && goesOn(latest) ? 'yes' : 'no';
  } catch {
    return 'unanswered';
  }
}

async function workflowIdIn(temporal: WhatTemporalKnows, tags: OwnerTags): Promise<string | undefined> {
  if (tags.workflowDigest === undefined) return tags.workflowId;
  const workflowId = tags.runId === undefined ? undefined : await temporal.workflowIdOf(tags.runId);
  return workflowId !== undefined && sha256(workflowId) === tags.workflowDigest ? workflowId : undefined;
}

/** @param executions  of one run: all that go back to one first execution */
function judged(executions: readonly Execution[]): Owner {
  if (executions.some(goesOn)) return { state: 'running' };
  const known = new Set(executions.map(({ runId }) => runId));
  const lost = executions.some(({ firstRunId, resetTo = firstRunId }) => !known.has(firstRunId) || !known.has(resetTo));
  if (executions.length === 0 || lost) return forgotten;
  const last = executions.toSorted((a, b) => a.startedAt - b.startedAt).at(-1)!;
  // Its successor has begun and is not to be seen yet.
  if (last.status === 'CONTINUED_AS_NEW') return { state: 'unknown', why: 'its run continues in another execution' };
  const ends = executions.map(endOf);
  // What an execution brought to its end is not undone by a later one's.
  const how = ['done', 'rejected'].find((end) => ends.includes(end)) ?? endOf(last);
  return { state: 'over', how, why: `its run is over: ${how}` };
}

const endOf = ({ status, result }: Execution): string =>
  status === 'COMPLETED' ? (result as Progress).status : status.toLowerCase().replaceAll('_', ' ');

const goesOn = ({ status }: Execution): boolean => ['RUNNING', 'PAUSED'].includes(status);

const forgotten: Owner = { state: 'forgotten', why: 'this Temporal namespace does not know its run' };

export const unanswered = (error: unknown): Owner & { state: 'unknown' } => ({
  state: 'unknown',
  why: `Temporal did not tell how its run stands: ${(error as Error).message}`,
});

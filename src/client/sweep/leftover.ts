/**
 * What nobody owns, and what may be done about it.
 * @module
 */
import type { OwnerTags } from '../../aws/tags.js';
import { jobWorkflowId } from '../../run/ids.js';
import type { Owned, SweptKind } from './account.js';
import type { Looking } from './endpoints.js';
import { mayRun, type Owner } from './owner.js';

export interface Leftover extends OwnerTags {
  kind: SweptKind;
  name: string;
  arn: string;
  /** Of jobs and endpoints, as AWS has it. */
  status?: string;
  /** Why nobody owns it, or nobody is known to. */
  why: string;
  /** Whether the very run that it was made for was found, and is over. */
  ownerKnown: boolean;
  /** Its run may go on where this sweep cannot look: it is never touched. */
  mayRun?: true;
  /** Where it was asked for: jobs are stopped, the rest is removed; kept is what a last look found in use. */
  outcome?: 'stopped' | 'removed' | 'kept' | 'failed';
  /** Why it was kept, or failed. */
  problem?: string;
}

/** None: a run that goes on owns it. */
export function leftoverOf({ owner: tags, ...found }: Owned, owner: Owner): Leftover[] {
  if (owner.state === 'running') return [];
  const { state, why } = owner;
  return [{ ...found, ...tags, why, ownerKnown: state === 'over', ...(state === 'unknown' ? { mayRun: true } : {}) }];
}

/** A job belongs to its run, and to its own workflow, which stops it when the run is over. */
export async function leftJob({ temporal, ownerOf }: Looking, job: Owned): Promise<Leftover[]> {
  const left = leftoverOf(job, await ownerOf(job.owner));
  if (left.length === 0) return [];
  const followed = await mayRun(temporal, jobWorkflowId(job.name));
  if (followed === 'yes') return [];
  return followed === 'no' ? left : left.map((one) => ({ ...one, ownerKnown: false, mayRun: true as const }));
}

export const isRemovable = (
  { ownerKnown, mayRun: itMayRun }: Pick<Leftover, 'ownerKnown' | 'mayRun'>,
  includeUnknown: boolean,
): boolean => ownerKnown || (includeUnknown && !itMayRun);

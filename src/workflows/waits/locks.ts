/**
 * Under which workflow ids changes of an endpoint wait for each other.
 * @module
 */
import { patched } from '@temporalio/workflow';
import type { Run } from '../../activities/types.js';
import { accountAndRegion, deployWorkflowId, queueWorkflowId } from '../../run/ids.js';

/** Runs that an earlier version began go by the endpoint's name alone. */
export function locksOf(run: Run, endpoint: string): { queue: string; deployment: string } {
  const where = patched('locks-by-account-and-region') ? accountAndRegion(run) : undefined;
  return { queue: queueWorkflowId(endpoint, where), deployment: deployWorkflowId(endpoint, where) };
}

/**
 * The counters of runs, begun at zero: Prometheus sees no increase in a series whose first value is a one.
 * @module
 */
import { Runtime } from '@temporalio/worker';
import type { RunStatus } from '../run/progress.js';
import { FAILURES } from '../spec/failures.js';

/** The labels are those that workflows/metrics.ts and the SDK put on it. */
export function beginRunCounters(namespace: string, taskQueue: string): void {
  const runs = Runtime.instance()
    .metricMeter.createCounter('attune_runs', undefined, 'Runs that have ended')
    .withTags({ namespace, taskQueue, workflowType: 'fineTune' });
  for (const status of ['done', 'rejected', 'cancelled'] satisfies RunStatus[]) runs.add(0, { status, failure: '' });
  for (const failure of Object.keys(FAILURES)) runs.add(0, { status: 'failed' satisfies RunStatus, failure });
}

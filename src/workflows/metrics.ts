/**
 * What runs leave in the worker's metrics. Nothing is said twice on replay, and no label names a run.
 * @module
 */
import { metricMeter } from '@temporalio/workflow';
import type { JobView } from '../run/jobs.js';
import type { RunStatus, StageView } from '../run/progress.js';

const histogram = (name: string, unit: string, description: string) =>
  metricMeter.createHistogram(name, 'float', unit, description);

/** Once a job has ended, and the run knows. `usd` is absent where a price is not known. */
export function measureJob({ stage, kind, status, seconds, usd }: JobView, { detectionMs }: StageView): void {
  const labels = { stage, kind, status };
  metricMeter.createCounter('attune_jobs', undefined, 'SageMaker jobs that have ended').add(1, labels);
  histogram('attune_job', 'seconds', 'How long jobs ran, as SageMaker counts it').record(seconds ?? 0, labels);
  if (usd !== undefined) histogram('attune_job_cost', 'usd', 'What jobs cost, at the known prices').record(usd, labels);
  if (detectionMs !== undefined)
    histogram('attune_stage_detection', 'seconds', "From a job's own end to the run's knowing of it").record(
      detectionMs / 1000,
      { stage },
    );
}

/** Once the stage after a job has made its first AWS call. */
export function measureDispatch({ stage, dispatchMs = 0 }: StageView): void {
  histogram('attune_stage_dispatch', 'seconds', "From that to the next stage's first AWS call").record(
    dispatchMs / 1000,
    { stage },
  );
}

/** @param failure  type of the failure, where it failed: one of the table */
export function measureEnd(status: RunStatus, failure = ''): void {
  metricMeter.createCounter('attune_runs', undefined, 'Runs that have ended').add(1, { status, failure });
}

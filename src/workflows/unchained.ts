/**
 * A run is one execution, which retries by itself. Where something else starts it again, by a clock or after a failure, it
 * would find the jobs of the execution before under its own names, and take their model for a new one.
 * @module
 */
import { patched, workflowInfo } from '@temporalio/workflow';
import { fail } from '../spec/failures.js';

/** @throws SpecRefused, before anything is paid for, in an execution that is or will be one of a chain */
export function refuseChained(): void {
  const chain = chainOf(workflowInfo());
  if (chain === undefined || !patched('chained-runs-are-refused')) return;
  const [why, mend] = chain;
  throw fail('SpecRefused', `${why}: nothing was run`, { mend });
}

function chainOf({
  cronSchedule,
  retryPolicy,
  attempt,
  continuedFromExecutionRunId,
}: ReturnType<typeof workflowInfo>): [why: string, mend: string] | undefined {
  if (cronSchedule)
    return [
      `the run was started with the cron schedule "${cronSchedule}", under which each execution would find the jobs of the first`,
      'start it without, and let a schedule start runs: attune schedule apply SPEC --cron "…"',
    ];
  if (retryPolicy || attempt > 1)
    return [
      'the run was started with a retry policy, under which a further execution would find the failed jobs of the one before',
      'start it without: a run retries by itself what can be retried, and `attune retry RUN` continues after a failure whose cause is fixed',
    ];
  if (continuedFromExecutionRunId)
    return [
      'the run was continued as new from another execution, whose jobs it would find',
      'start it as a run or as a child of its own',
    ];
  return undefined;
}

/**
 * A job's own workflow, as the run that waits for it hears of its end.
 * @module
 */
import type { JobView } from '../../run/jobs.js';
import type { FinishedJob, sageMakerJob } from '../sageMakerJob.js';
import { executeUnlessHeld } from '../waits/executeAlone.js';
import { rootFailure } from '../waits/failure.js';
import type { RunState } from '../runState.js';

type Child = Parameters<typeof executeUnlessHeld<typeof sageMakerJob>>;

/**
 * The same as `executeUnlessHeld`. Of a job that ended badly, what it has taken is known too: its last report is a signal, which
 * may come when the run is over.
 */
export async function followed(state: RunState, child: Child): Promise<{ result: FinishedJob } | undefined> {
  try {
    return await executeUnlessHeld<typeof sageMakerJob>(...child);
  } catch (error) {
    const [told] = (rootFailure(error)?.details ?? []) as { view?: JobView }[];
    if (told?.view) state.reports({ job: told.view, firstCallAt: '' });
    throw error;
  }
}

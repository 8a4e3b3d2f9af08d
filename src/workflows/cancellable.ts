/**
 * The part of a run that a person can stop.
 * @module
 */
import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { Verdict } from '../run/progress.js';
import type { RunState } from './runState.js';
import { rootFailure } from './waits/failure.js';

export class Cancellable {
  private scope?: CancellationScope;
  private words?: string;

  constructor(private readonly state: RunState) {}

  /** Who stopped it and why; undefined where no person did. */
  get cancelledBy(): string | undefined {
    return this.words;
  }

  cancel({ by, reason }: Verdict): void {
    this.words = `cancelled by ${by}${reason ? `: ${reason}` : ''}`;
    this.scope?.cancel();
  }

  /** @throws CancelledFailure when it was cancelled, by a person or with the whole run, whatever failed meanwhile */
  async run<T>(story: () => Promise<T>): Promise<T> {
    const own = (this.scope = new CancellationScope());
    try {
      return await own.run(story);
    } catch (error) {
      const wasCancelled = own.consideredCancelled || CancellationScope.current().consideredCancelled;
      const failure = isCancellation(error) ? undefined : rootFailure(error);
      if (!wasCancelled || !failure) throw error;
      // An attempt that dies after a cancel is not repeated: the cancel then shows as that attempt's failure.
      this.state.notice(`while it was being cancelled: ${failure.message}`);
      throw new CancelledFailure('the run was cancelled');
    }
  }
}

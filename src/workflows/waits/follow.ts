/**
 * Waiting for something that AWS does: the server polls by retrying one activity, an event makes it look at once.
 * @module
 */
import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  log,
  patched,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';

export interface Look {
  lastSeen?: string;
  /** An event has just announced a change, which Describe may show a moment later. */
  woken: boolean;
  /** An event has come before: the next change will most likely be announced too. */
  announced: boolean;
}

export interface Following<T> {
  /** Before the next look, where one came to nothing for good. */
  pauseMs: number;
  /** Called for every state seen that is not the last one. */
  onMove?: (now: T) => void;
  onWoken?: () => void;
  onFull?: NewHistory;
}

/** Where a wait goes on when events have filled its history. */
export interface NewHistory {
  /** Asked when it is full: executions of an earlier version wait on in the old one. */
  may: () => boolean;
  begin: (announced: boolean) => Promise<never>;
}

/** Counts announcements and ends the poll that waits. An announcement is a hint to look, never a fact. */
export class Announcements {
  private count = 0;
  /** The poll that an event ends. A first look is none: it returns by itself, and another follows at once. */
  private poll?: CancellationScope;

  /** @param before  events had come before this history began */
  constructor(private readonly before = false) {}

  arrived(): void {
    // Counted, not flagged: an event that arrives while a Describe is in flight must lead to another Describe.
    this.count += 1;
    this.poll?.cancel();
  }

  /**
   * Looks until `settled` says so.
   *
   * @param look  one activity call that returns when something moved since `lastSeen`
   */
  async follow<T extends { key: string }>(
    look: (at: Look) => Promise<T>,
    settled: (now: T) => boolean,
    { pauseMs, onMove, onWoken, onFull }: Following<T>,
  ): Promise<T> {
    let seen: T | undefined;
    let woken = false;
    for (;;) {
      if (onFull && workflowInfo().continueAsNewSuggested && onFull.may()) {
        await cancelHeard();
        await onFull.begin(this.announced);
      }
      const before = this.count;
      const scope = new CancellationScope();
      if (seen) this.poll = scope;
      const at = { lastSeen: seen?.key, woken, announced: this.announced };
      try {
        seen = await scope.run(() => look(at));
        woken = this.count > before;
        if (settled(seen)) return seen;
        onMove?.(seen);
      } catch (error) {
        const wokenByEvent = isCancellation(error) && this.count > before;
        if (!wokenByEvent) {
          if (!mayLookAgain(error)) throw error;
          await sleep(pauseMs);
        }
        woken = true;
        onWoken?.();
      } finally {
        this.poll = undefined;
      }
    }
  }

  private get announced(): boolean {
    return this.before || this.count > 0;
  }
}

/** Of a wait for what is to come; what is taken back has a patch of its own. */
export const inNewHistory = (begin: NewHistory['begin']): NewHistory => ({
  may: () => patched('waits-continue-as-new'),
  begin,
});

/**
 * Throws where this wait was cancelled. Signals are handled before a cancel that the same task brings, which a new history would
 * never hear of: with a timer the cancel comes first.
 */
async function cancelHeard(): Promise<void> {
  await sleep(1);
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled before a new history');
}

/** No look ends a wait, whatever became of it: its time may be up, or an earlier version's worker have given up on it. */
function mayLookAgain(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return false;
  // An attempt that dies after a cancel is not repeated: the cancel then shows as that attempt's failure.
  if (CancellationScope.current().consideredCancelled || !patched('looks-end-nothing')) return false;
  log.warn('a look failed; looking again', { error });
  return true;
}

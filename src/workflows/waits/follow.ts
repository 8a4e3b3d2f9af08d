/**
 * Waiting for something that AWS does: the server polls by retrying one activity, an event makes it look at once.
 * @module
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';

export interface Look {
  lastSeen?: string;
  /** An event has just announced a change, which Describe may show a moment later. */
  woken: boolean;
  /** An event has come before: the next change will most likely be announced too. */
  announced: boolean;
}

/** Counts announcements and ends the poll that waits. An announcement is a hint to look, never a fact. */
export class Announcements {
  private count = 0;
  /** The poll that an event ends. A first look is none: it returns by itself, and another follows at once. */
  private poll?: CancellationScope;

  arrived(): void {
    // Counted, not flagged: an event that arrives while a Describe is in flight must lead to another Describe.
    this.count += 1;
    this.poll?.cancel();
  }

  /**
   * Looks until `settled` says so.
   *
   * @param look     one activity call that returns when something moved since `lastSeen`
   * @param onMove   called for every state seen that is not the last one
   */
  async follow<T extends { key: string }>(
    look: (at: Look) => Promise<T>,
    settled: (now: T) => boolean,
    hooks: { onMove?: (now: T) => void; onWoken?: () => void } = {},
  ): Promise<T> {
    let seen: T | undefined;
    let woken = false;
    for (;;) {
      const before = this.count;
      const scope = new CancellationScope();
      if (seen) this.poll = scope;
      const at = { lastSeen: seen?.key, woken, announced: before > 0 };
      try {
        seen = await scope.run(() => look(at));
        woken = this.count > before;
        if (settled(seen)) return seen;
        hooks.onMove?.(seen);
      } catch (error) {
        const wokenByEvent = isCancellation(error) && this.count > before;
        if (!wokenByEvent) throw error;
        woken = true;
        hooks.onWoken?.();
      } finally {
        this.poll = undefined;
      }
    }
  }
}

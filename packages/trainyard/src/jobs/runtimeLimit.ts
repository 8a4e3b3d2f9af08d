/**
 * A limit on the time that a job has its instances: what a spot job waits for them does not count.
 * @module
 */

/** Longer waits than this overflow a timer, and no local job lasts 24 days. */
export const LONGEST_WAIT_MS = 2 ** 31 - 1;

export class RuntimeLimit {
  private timer: NodeJS.Timeout | undefined;
  private runningSince = 0;

  constructor(
    private leftMs: number,
    private readonly onReached: () => void,
  ) {
    this.resume();
  }

  pause(): void {
    clearTimeout(this.timer);
    this.leftMs -= Date.now() - this.runningSince;
  }

  resume(): void {
    this.runningSince = Date.now();
    this.timer = setTimeout(this.onReached, Math.min(Math.max(0, this.leftMs), LONGEST_WAIT_MS));
  }
}

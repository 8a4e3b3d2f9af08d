/**
 * A flood for one receiver, thinned out: some at once, then one a second, and always the last.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface PaceOptions {
  /** So many at once. */
  burst: number;
  /** Then one each. */
  everyMs: number;
}

interface Receiver<T> {
  /** Milliseconds since the epoch: when the next one may be sent, had there been no burst. */
  dueAt: number;
  /** Waits for its time; what comes meanwhile takes its place. */
  next?: { news: T; sent: Promise<void> };
}

/** Receivers that nobody sends to any more are forgotten from so many on. */
const MOST_RECEIVERS = 10_000;

export class Pace<T> {
  private readonly receivers = new Map<string, Receiver<T>>();

  constructor(
    private readonly send: (to: string, news: T) => Promise<void>,
    private readonly options: PaceOptions,
  ) {}

  /**
   * Returns once this, or what came after it, was sent; throws what the sending throws.
   *
   * @returns whether it was sent by itself; false: together with others
   */
  async deliver(to: string, news: T): Promise<boolean> {
    const { burst, everyMs } = this.options;
    const now = Date.now();
    const receiver = this.receivers.get(to) ?? { dueAt: 0 };
    if (receiver.next) {
      receiver.next.news = news;
      await receiver.next.sent;
      return false;
    }
    if (this.receivers.size >= MOST_RECEIVERS) this.forgetTheQuiet(now);
    this.receivers.set(to, receiver);
    receiver.dueAt = Math.max(receiver.dueAt, now - burst * everyMs) + everyMs;
    if (receiver.dueAt <= now) await this.send(to, news);
    else await (receiver.next = { news, sent: this.sendLater(to, receiver, receiver.dueAt - now) }).sent;
    return true;
  }

  private async sendLater(to: string, receiver: Receiver<T>, delayMs: number): Promise<void> {
    await sleep(delayMs);
    const { news } = receiver.next!;
    receiver.next = undefined;
    await this.send(to, news);
  }

  private forgetTheQuiet(now: number): void {
    const { burst, everyMs } = this.options;
    for (const [to, { dueAt, next }] of this.receivers) {
      if (!next && dueAt < now - burst * everyMs) this.receivers.delete(to);
    }
  }
}

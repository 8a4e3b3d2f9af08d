/**
 * The spot market as one job meets it: instances that are not there, or are taken away while it trains.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpotInterruption } from '../faults.js';
import type { Job } from './job.js';
import { LONGEST_WAIT_MS } from './runtimeLimit.js';

const LOOK_MS = 100;

/** One attempt's hold on its instances. */
export interface Hold {
  /** Aborts when they are taken away. */
  lost: AbortSignal;
  /** Sees what the job prints. */
  line(text: string): void;
  /** The attempt is over. */
  release(): void;
}

export class SpotMarket {
  private done = 0;

  constructor(private readonly job: Job) {}

  /** @throws AbortError when the job is ended before there are instances */
  async launch(): Promise<void> {
    for (let next = this.next(); next?.during === 'Starting'; next = this.next()) {
      this.done += 1;
      await this.without(next.downSeconds);
    }
  }

  hold(): Hold {
    const lost = new AbortController();
    const begunAt = Date.now();
    let next = this.next();
    let printedAt: number | undefined;
    const look = (): void => {
      const from = next?.onLog === undefined ? begunAt : printedAt;
      const isDue = next?.during === 'Training' && from !== undefined && Date.now() >= from + next.afterSeconds * 1000;
      if (isDue) lost.abort();
      else next ??= this.next();
    };
    const timer = setInterval(look, LOOK_MS);
    return {
      lost: lost.signal,
      line: (text) => {
        if (next?.onLog === undefined || !new RegExp(next.onLog).test(text)) return;
        printedAt ??= Date.now();
        look();
      },
      release: () => clearInterval(timer),
    };
  }

  /** The interruption that took the instances away. */
  get present(): SpotInterruption {
    return this.next()!;
  }

  /** Waits until there are instances again. @throws AbortError when the job is ended before */
  async relaunch(): Promise<void> {
    const { downSeconds } = this.present;
    this.done += 1;
    await this.without(downSeconds);
    this.job.journal.enter('Starting', 'Starting the training job');
    await this.launch();
  }

  private next(): SpotInterruption | undefined {
    return this.job.folder.interruptions()[this.done];
  }

  private async without(downSeconds: number): Promise<void> {
    const { interrupted, journal, runtime } = this.job;
    runtime.pause();
    try {
      await sleep(Math.min(downSeconds * 1000, LONGEST_WAIT_MS), undefined, { signal: interrupted });
    } catch (error) {
      journal.enter('Stopping', 'Stopping the training job', 'Stopping');
      throw error;
    }
    runtime.resume();
  }
}

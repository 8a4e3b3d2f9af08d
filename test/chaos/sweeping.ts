/**
 * A sweeper at work while runs are killed.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sweep } from '../../src/client/sweep/sweep.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import type { InstantStack } from '../support/instantStack.js';

const SWEEP_EACH_MS = 3_000;

/**
 * Somebody who sweeps all the time, with everything that a sweep can be told to remove: of what runs, serves or waits for its
 * next stage, it must take nothing. What it takes wrongly shows as a run that ended otherwise.
 */
export class Sweeping {
  private stopped = false;
  private swept = 0;
  private readonly done: Promise<void>;

  constructor(private readonly instant: InstantStack) {
    this.done = this.untilStopped();
  }

  stop(): void {
    this.stopped = true;
  }

  /** @throws Error where none of the sweeps came to its end: then they proved nothing */
  async ended(): Promise<void> {
    this.stop();
    await this.done;
    if (this.swept === 0) throw new Error('no sweep came to its end');
  }

  private async untilStopped(): Promise<void> {
    const { client, sageMaker, autoScaling, bedrock, s3, stack } = this.instant;
    const sweeper = { temporal: knownBy(client), sageMaker, autoScaling, bedrock };
    const place = { s3, bucket: stack.describe.bucket, prefix: 'attune' };
    do {
      // A server that is away just now ends it in the middle: so a sweep dies too.
      await sweep(sweeper, { delete: true, includeUnknown: true, scratch: true }, place).then(
        () => (this.swept += 1),
        () => undefined,
      );
      await sleep(SWEEP_EACH_MS);
    } while (!this.stopped);
  }
}

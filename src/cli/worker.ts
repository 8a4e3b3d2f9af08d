/**
 * `attune worker`: polls the three task queues until it is stopped.
 * @module
 */
import { runWorker } from '../worker.js';
import { EXIT } from './exit.js';
import type { Io } from './io.js';

export interface WorkerFlags {
  eventsPort?: number;
  eventsQueue?: string;
  identity?: string;
  awsCallsPerSecond?: number;
}

export async function worker(_io: Io, flags: WorkerFlags): Promise<number> {
  await runWorker(flags);
  return EXIT.done;
}

/**
 * What several parts of the client find missing, in the same words.
 * @module
 */
import { AttuneError } from '../spec/attuneError.js';

export const noWorker = (what: string, taskQueue: string, cause?: unknown): AttuneError =>
  new AttuneError('NoWorker', `${what}: no worker polls task queue ${taskQueue}`, undefined, { cause });

export const runNotFound = (id: string, cause?: unknown): AttuneError =>
  new AttuneError('RunNotFound', `no run is called ${id}`, undefined, { cause });

export const scheduleNotFound = (id: string, known: readonly string[], cause?: unknown): AttuneError =>
  new AttuneError(
    'ScheduleNotFound',
    `no schedule is called ${id}`,
    known.length === 0
      ? 'there is none yet: attune schedule apply SPEC --every 7d'
      : `there ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}`,
    { cause },
  );

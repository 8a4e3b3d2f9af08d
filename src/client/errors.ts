/**
 * What the client throws: a sentence for a person, a type for a program.
 * @module
 */
import { FAILURES, type FailureType } from '../spec/failures.js';
import type { Problem } from '../spec/problem.js';
import { refusal } from '../spec/problem.js';

/** Anything the client can say about why it could not do what was asked. `type`: a row of the table of failures. */
export class AttuneError extends Error {
  override readonly name: string = 'AttuneError';

  /** @param mend  the next step; default: the table's */
  constructor(
    readonly type: FailureType,
    message: string,
    readonly mend: string = FAILURES[type].mend,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A spec with every fault at once; nothing was uploaded or started. */
export class SpecRefused extends AttuneError {
  override readonly name = 'SpecRefused';

  constructor(readonly problems: readonly Problem[]) {
    super('SpecRefused', refusal(problems), 'change the named fields; `attune validate` checks without submitting');
  }
}

export const noWorker = (what: string, cause?: unknown): AttuneError =>
  new AttuneError('NoWorker', `${what}: no worker polls task queue attune`, undefined, { cause });

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

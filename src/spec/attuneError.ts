/**
 * What is thrown to whoever called: a sentence for a person, a type for a program.
 * @module
 */
import { FAILURES, type FailureType } from './failures.js';
import type { Problem } from './problem.js';
import { refusal } from './problem.js';

/** Why what was asked could not be done. `type`: a row of the table of failures. */
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

  /** The next step, by its newer name. */
  get fix(): string {
    return this.mend;
  }
}

/** A spec with every fault at once; nothing was uploaded or started. */
export class SpecRefused extends AttuneError {
  override readonly name = 'SpecRefused';

  constructor(readonly problems: readonly Problem[]) {
    super('SpecRefused', refusal(problems), 'change the named fields; `attune validate` checks without submitting');
  }
}

/**
 * What set-up throws.
 * @module
 */
import { AttuneError } from '../../spec/attuneError.js';

/** A part of set-up that could not be provided: what was tried, what came back, and the ways to go on. */
export class SetupError extends AttuneError {
  override readonly name = 'SetupError';

  constructor(message: string, mend: string) {
    super('NotAvailable', message, mend);
  }
}

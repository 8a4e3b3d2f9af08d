/**
 * A question that has to be answered before something goes for good.
 * @module
 */
import { AttuneError } from '../spec/attuneError.js';
import type { Io } from './io.js';

/**
 * @returns whether the person said yes
 * @throws AttuneError InvalidRequest where nobody can be asked: a script says --yes
 */
export async function confirmed(io: Io, question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes) return true;
  const answer = await io.ask(`${question} [y/N] `);
  if (answer === undefined)
    throw new AttuneError(
      'InvalidRequest',
      'nobody can be asked here: this is no terminal',
      'add --yes to do it without a question',
    );
  return /^y(es)?$/i.test(answer.trim());
}

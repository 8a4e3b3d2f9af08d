/**
 * Exit codes, and errors as sentences.
 * @module
 */
import { refusalOfTemporal } from '../client/connectionFault.js';
import { AttuneError } from '../spec/attuneError.js';
import { exitCodeOf } from '../spec/failures.js';
import type { Progress, RunStatus } from '../run/progress.js';
import type { Io } from './io.js';

export const EXIT = { done: 0, failed: 1, usage: 2, rejected: 3, cancelled: 4, interrupted: 130 } as const;

const BY_STATUS: Record<RunStatus, number> = {
  running: EXIT.done,
  waitingForApproval: EXIT.done,
  done: EXIT.done,
  failed: EXIT.failed,
  rejected: EXIT.rejected,
  cancelled: EXIT.cancelled,
};
export const exitCodeOfRun = ({ status, failure }: Pick<Progress, 'status' | 'failure'>): number =>
  status === 'failed' ? exitCodeOf(failure?.type) : BY_STATUS[status];

/** Says what went wrong and what to do, never with a stack trace. */
export function tell(thrown: unknown, io: Pick<Io, 'say' | 'next'>): number {
  const error = refusalOfTemporal(thrown);
  if (isInterruption(error)) {
    io.say('interrupted');
    return EXIT.interrupted;
  }
  const { message } = error instanceof Error ? error : new Error(String(error));
  io.say(`error: ${message}`);
  if (!(error instanceof AttuneError)) return EXIT.failed;
  io.next(error.fix);
  return exitCodeOf(error.type);
}

export const isInterruption = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'Interrupted' || error.name === 'AbortError');

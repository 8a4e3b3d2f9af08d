/**
 * The end of a workflow that somebody waits for, in words.
 * @module
 */
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { AttuneError } from '../spec/attuneError.js';
import { FAILURES, type FailureType } from '../spec/failures.js';
import { whyNoAnswer } from './temporal.js';

export interface WaitOptions {
  /** Called once, after 10 s, where no worker takes it up: why not, in words. */
  onStuck?: (why: string) => void;
}

const STUCK_AFTER_MS = 10_000;

/**
 * @param unsaid  what did not come, for where the workflow does not say
 * @throws AttuneError of the failure's own type
 */
export async function resultOf<T>(
  client: Client,
  handle: WorkflowHandle,
  unsaid: string,
  { onStuck = () => undefined }: WaitOptions,
): Promise<T> {
  const slow = setTimeout(() => {
    whyNoAnswer(client, handle).then(
      (why) => why && onStuck(why),
      () => undefined,
    );
  }, STUCK_AFTER_MS);
  try {
    return (await handle.result()) as T;
  } catch (error) {
    throw inWords(error, unsaid);
  } finally {
    clearTimeout(slow);
  }
}

/** What ended it, out of Temporal's wrapping, with its own next step. */
function inWords(error: unknown, unsaid: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: Error | undefined = error.cause;
  while (cause?.cause instanceof Error) cause = cause.cause;
  const { type, message } = (cause ?? error) as Error & { type?: string };
  const [, what = message, mend] = /^(.*)\. Next: (.*?)$/s.exec(message) ?? [];
  const known = type !== undefined && Object.hasOwn(FAILURES, type) ? (type as FailureType) : 'Unexpected';
  return new AttuneError(known, what || unsaid, mend, { cause: error });
}

/**
 * The vector store that a spec names, for as long as an activity needs it.
 * @module
 */
import { Context } from '@temporalio/activity';
import { placeOf, readSecret } from '../../aws/secretReference.js';
import { fail } from '../../spec/failures.js';
import type { Index } from '../../spec/indexSchema.js';
import { isLoginRefused, storeError } from '../../vectorStore/errors.js';
import { openPgvector } from '../../vectorStore/pgvector/index.js';
import type { VectorStore } from '../../vectorStore/store.js';
import { calling, LOOK_AGAIN_MS, unbrokenMs } from '../call.js';
import type { Deps } from '../deps.js';
import { endOfAttempt } from '../interruptible.js';

/** A password that is renewed is for a moment another one in the database than where it is read. */
const RENEWED_WITHIN_MS = 60_000;
const SEE = 'see that the database runs and is reached from here; tried again';

/** How soon a cancel of a long activity is heard. */
export const HEARS_MS = 1_000;

/** @throws a failure of the table in spec/failures.ts; the address and its password are in none */
export async function withStore<T>(deps: Deps, { url }: Index, act: (store: VectorStore) => Promise<T>): Promise<T> {
  const place = placeOf(url);
  const address = await calling(`reading ${place}`, deps, () => readSecret(deps, url));
  if (address === undefined) {
    throw fail('NotFound', `${place} holds no address of a database`, {
      mend: 'correct index.url, or what it refers to',
    });
  }
  const { cancellationSignal } = Context.current();
  const signal = endOfAttempt();
  let store: VectorStore | undefined;
  const interrupt = (): void => void store?.interrupt();
  try {
    store = openPgvector(address);
    signal.addEventListener('abort', interrupt);
    signal.throwIfAborted();
    return await act(store);
  } catch (error) {
    cancellationSignal.throwIfAborted();
    if (signal.aborted) throw fail('Unavailable', `${place}: the database has not answered in time`, { mend: SEE });
    if (!isOfStore(error)) throw error;
    const found = storeError(error, 'asking the vector store');
    const { type, message, mend } = found;
    if (!isLoginRefused(found)) throw fail(type, message, { mend });
    // A run that is on its way waits for somebody; one that has not begun is refused once it was no mere renewal.
    const waits = deps.awaitsCredentials || unbrokenMs('refusal') < RENEWED_WITHIN_MS;
    const renew = `renew the password in ${place}, or let its user in`;
    if (!waits) throw fail(type, message, { mend: renew });
    throw fail(type, message, { mend: `${renew}; the run then goes on by itself`, retryInMs: LOOK_AGAIN_MS });
  } finally {
    signal.removeEventListener('abort', interrupt);
    await store?.close();
  }
}

/** Whether it is neither Temporal's nor attune's own: those leave as they are. */
const isOfStore = (error: unknown): boolean =>
  !['ApplicationFailure', 'CancelledFailure'].includes((error as Error).name);

/**
 * Before anything is paid for.
 *
 * @returns how often syncs have changed the index
 * @throws  a failure where the store cannot be reached, or could not take the index
 */
export const checkStore = (deps: Deps, index: Index): Promise<number> =>
  withStore(deps, index, async (store) => {
    await store.check(index.table);
    return (await store.lastSync(index.table)).changes;
  });

/**
 * The vector store that a spec names, for as long as an activity needs it.
 * @module
 */
import { Context } from '@temporalio/activity';
import { toFailure } from '../../aws/errors.js';
import { placeOf, readSecret } from '../../aws/secretReference.js';
import { fail } from '../../spec/failures.js';
import { indexNameIn } from '../../spec/indexName.js';
import type { Index, PgvectorIndex, S3VectorsIndex } from '../../spec/indexSchema.js';
import { isLoginRefused, storeError, StoreError } from '../../vectorStore/errors.js';
import { openPgvector } from '../../vectorStore/pgvector/index.js';
import { openS3Vectors } from '../../vectorStore/s3vectors/index.js';
import { placeIn } from '../../vectorStore/s3vectors/place.js';
import type { VectorStore } from '../../vectorStore/store.js';
import { calling, LOOK_AGAIN_MS, patienceWith, unbrokenMs } from '../call.js';
import type { Deps } from '../deps.js';
import { endOfAttempt } from '../interruptible.js';

/** A password that is renewed is for a moment another one in the database than where it is read. */
const RENEWED_WITHIN_MS = 60_000;

/** How soon a cancel of a long activity is heard. */
export const HEARS_MS = 1_000;

/** A store that can be opened, and what its errors are to a run. */
interface Known {
  open(): VectorStore;
  /** What has not answered. */
  place: string;
  /** What to see to, where it does not. */
  see: string;
  failure(error: unknown): Error;
}

/** @throws a failure of the table in spec/failures.ts; the address of a database and its password are in none */
export async function withStore<T>(deps: Deps, index: Index, act: (store: VectorStore) => Promise<T>): Promise<T> {
  const known = index.store === 'pgvector' ? await database(deps, index) : s3Vectors(deps, index);
  const { cancellationSignal } = Context.current();
  const signal = endOfAttempt();
  let store: VectorStore | undefined;
  const interrupt = (): void => void store?.interrupt();
  try {
    store = known.open();
    signal.addEventListener('abort', interrupt);
    signal.throwIfAborted();
    return await act(store);
  } catch (error) {
    cancellationSignal.throwIfAborted();
    if (signal.aborted) throw fail('Unavailable', `${known.place} has not answered in time`, { mend: known.see });
    throw isOfStore(error) ? known.failure(error) : error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    await store?.close();
  }
}

/** Whether it is neither Temporal's nor attune's own: those leave as they are. */
const isOfStore = (error: unknown): boolean =>
  !['ApplicationFailure', 'CancelledFailure'].includes((error as Error).name);

async function database(deps: Deps, { url }: PgvectorIndex): Promise<Known> {
  const place = placeOf(url);
  const address = await calling(`reading ${place}`, deps, () => readSecret(deps, url));
  if (address === undefined) {
    throw fail('NotFound', `${place} holds no address of a database`, {
      mend: 'correct index.url, or what it refers to',
    });
  }
  return {
    open: () => openPgvector(address),
    place: `${place}: the database`,
    see: 'see that the database runs and is reached from here; tried again',
    failure: (error) => {
      const found = storeError(error, 'asking the vector store');
      const { type, message, mend } = found;
      if (!isLoginRefused(found)) return fail(type, message, { mend });
      // A run that is on its way waits for somebody; one that has not begun is refused once it was no mere renewal.
      const waits = deps.awaitsCredentials || unbrokenMs('refusal') < RENEWED_WITHIN_MS;
      const renew = `renew the password in ${place}, or let its user in`;
      if (!waits) return fail(type, message, { mend: renew });
      return fail(type, message, { mend: `${renew}; the run then goes on by itself`, retryInMs: LOOK_AGAIN_MS });
    },
  };
}

function s3Vectors(deps: Deps, index: S3VectorsIndex): Known {
  const place = `index ${indexNameIn(index)} in vector bucket ${index.bucket}`;
  return {
    open: () => openS3Vectors(deps, placeIn(deps.settings, index.bucket)),
    place,
    see: 'see that S3 and S3 Vectors are reached from here; tried again',
    failure: (error) => {
      if (error instanceof StoreError) return fail(error.type, error.message, { mend: error.mend, cause: error });
      return toFailure(error, `asking ${place}`, patienceWith(error, deps));
    },
  };
}

/**
 * Before anything is paid for.
 *
 * @returns how often syncs have changed the index
 * @throws  a failure where the store cannot be reached, or could not take the index
 */
export const checkStore = (deps: Deps, index: Index): Promise<number> =>
  withStore(deps, index, async (store) => {
    await store.check(indexNameIn(index));
    return (await store.lastSync(indexNameIn(index))).changes;
  });

/**
 * The index of a spec, opened by its own reference to the store: searched, looked at, rolled back.
 * @module
 */
import { placeOf, readSecret } from '../../aws/secretReference.js';
import { AttuneError } from '../../spec/attuneError.js';
import { indexNameIn } from '../../spec/indexName.js';
import { indexSchema } from '../../spec/indexSchema.js';
import type { StoreReference } from '../../spec/reference.js';
import { storeError, StoreError } from '../../vectorStore/errors.js';
import { openPgvector } from '../../vectorStore/pgvector/index.js';
import { openS3Vectors } from '../../vectorStore/s3vectors/index.js';
import { placeIn, placeOfPointer, pointerOf } from '../../vectorStore/s3vectors/place.js';
import type { Pointer, VectorStore, Version } from '../../vectorStore/store.js';
import { awsClients, fromAws, type AwsClients } from '../aws.js';
import { bucketOf, type Settings } from '../settings.js';
import { rollBackIndex, type RollbackOptions, type RolledBack } from './rollback.js';
import { search, type SearchAnswer, type SearchOptions } from './search.js';

export interface IndexStatus {
  /** Name of the index. */
  index: string;
  /** Of an index in S3 Vectors: S3 URI of what names the version in service, for `connectIndex`. */
  object?: string;
  /** Absent: no version serves yet. */
  pointer?: Pointer;
  /** The oldest first. */
  versions: Version[];
}

/** Keep it open: each search takes a connection of its own, ten at most at once. */
export interface VectorIndex {
  search(question: string, options?: SearchOptions): Promise<SearchAnswer>;
  status(): Promise<IndexStatus>;
  rollBack(options?: RollbackOptions): Promise<RolledBack>;
  close(): Promise<void>;
}

const CONNECTIONS = 10;

/**
 * @param spec   as it was submitted
 * @param whose  of the spec, for messages
 * @throws AttuneError NotAvailable where the spec has no index, NotFound where its reference leads to no address, NotConfigured where
 *         ATTUNE_BUCKET is to hold its pointer and is not set
 */
export async function openIndex(
  { aws, settings }: { aws: AwsClients; settings: Settings },
  spec: object,
  whose: string,
): Promise<VectorIndex> {
  const parsed = indexSchema.safeParse((spec as { index?: unknown }).index);
  if (!parsed.success) {
    throw new AttuneError(
      'NotAvailable',
      `${whose} has no index`,
      'add the key index to its spec, and submit it again',
    );
  }
  const index = indexNameIn(parsed.data);
  const { keepSeconds } = parsed.data;
  const { store, object }: Omit<Opened, 'index'> =
    parsed.data.store === 'pgvector'
      ? { store: await databaseOf(aws, parsed.data.url) }
      : inS3Vectors(
          aws,
          pointerOf(placeIn({ prefix: settings.prefix, bucket: bucketOf(settings) }, parsed.data.bucket), index),
        );
  return {
    search: (question, options) => search({ store, runtime: aws.runtime(), index }, question, options),
    status: () => statusOf(store, index, object),
    rollBack: (options) =>
      told(() => rollBackIndex({ store, sageMaker: aws.sageMaker(), index, keepSeconds }, options)),
    close: () => store.close(),
  };
}

async function databaseOf(aws: AwsClients, url: StoreReference): Promise<VectorStore> {
  const place = placeOf(url);
  let address: string | undefined;
  try {
    address = await readSecret(aws.secretSources(), url);
  } catch (error) {
    throw fromAws(error, `reading ${place}`);
  }
  if (address !== undefined) return opened(address);
  throw new AttuneError('NotFound', `${place} holds no address of a database`, 'set it, or correct index.url');
}

/** In PostgreSQL, or in S3 Vectors. */
export type IndexPlace =
  | {
      /** Address of the database: postgres://user:password@host/database. */
      url: string;
      /** `index.table` of the spec. */
      table: string;
    }
  | {
      /** S3 URI of the object that names what serves: s3://BUCKET/PREFIX/_indexes/VECTOR-BUCKET/INDEX.json. */
      pointer: string;
    };

/**
 * For a service that searches, and nothing else: it needs no Temporal server, and no spec. Region and credentials of the endpoints are
 * AWS's own environment.
 *
 * @example
 * const index = connectIndex({ url: process.env.SEARCH_DB, table: 'support_docs' });
 * const { version, hits } = await index.search('how do I reset my password');
 */
export function connectIndex(
  place: IndexPlace,
  env: NodeJS.ProcessEnv = process.env,
): Pick<VectorIndex, 'search' | 'status' | 'close'> {
  const aws = awsClients(env);
  const { store, index, object }: Opened =
    'pointer' in place ? inS3Vectors(aws, place.pointer) : { store: opened(place.url), index: place.table };
  return {
    search: (question, options) => search({ store, runtime: aws.runtime(), index }, question, options),
    status: () => statusOf(store, index, object),
    close: async () => {
      aws.close();
      await store.close();
    },
  };
}

interface Opened {
  store: VectorStore;
  index: string;
  object?: string;
}

/** @throws AttuneError NotConfigured where it is the URI of no pointer */
function inS3Vectors(aws: AwsClients, object: string): Opened {
  try {
    const { place, name: index } = placeOfPointer(object);
    return { store: openS3Vectors({ s3: aws.s3(), s3Vectors: aws.s3Vectors() }, place), index, object };
  } catch (error) {
    throw inWords(error);
  }
}

/** @throws AttuneError NotConfigured where it is no address of a database */
function opened(url: string): VectorStore {
  try {
    return openPgvector(url, CONNECTIONS);
  } catch (error) {
    throw inWords(error);
  }
}

const statusOf = (store: VectorStore, index: string, object?: string): Promise<IndexStatus> =>
  told(async () => ({
    index,
    ...(object !== undefined && { object }),
    pointer: await store.pointer(index),
    versions: await store.versions(index),
  }));

async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw inWords(error);
  }
}

function inWords(error: unknown): AttuneError {
  const doing = 'asking the vector store';
  const ofAws = error instanceof StoreError ? error : fromAws(error, doing);
  if (ofAws instanceof AttuneError) return ofAws;
  const { type, message, mend } = storeError(error, doing);
  return new AttuneError(type, message, mend, { cause: error });
}

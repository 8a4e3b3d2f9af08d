/**
 * Amazon S3 Vectors as a vector store. A version is a vector index of its own, in a bucket that is there; which one serves is said by
 * one object of S3, because S3 Vectors has no transactions.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import {
  CreateIndexCommand,
  DeleteIndexCommand,
  GetIndexCommand,
  GetVectorBucketCommand,
  ListIndexesCommand,
  type S3VectorsClient,
} from '@aws-sdk/client-s3vectors';
import { StoreError } from '../errors.js';
import type { Change, FormedVersion, NewVersion, VectorStore } from '../store.js';
import { indexNameOf, makesVectorBucket, pointerOf, type Place } from './place.js';
import { forget, giveUp, pointerIn, rollBack, switchTo, versionIn, withVersion } from './pointer.js';
import { StateObject } from './state.js';
import { claim, lastSync, synced } from './syncing.js';
import { exact, inventory, known, METADATA_KEYS, put, search, takeOut, type Vectors } from './vectors.js';

export interface S3VectorsClients {
  s3: Pick<S3Client, 'send'>;
  s3Vectors: Pick<S3VectorsClient, 'send'>;
}

/** Its errors are AWS's, as the clients throw them, and StoreErrors of its own. */
export function openS3Vectors({ s3, s3Vectors: client }: S3VectorsClients, place: Place): VectorStore {
  const ended = new AbortController();
  const vectors: Vectors = { client, vectorBucket: place.vectorBucket, signal: ended.signal };
  const stateOf = (name: string): StateObject => new StateObject(s3, pointerOf(place, name), ended.signal);
  return {
    check: (name) => check(vectors, stateOf(name), name),
    pointer: async (name) => pointerIn(name, await stateOf(name).read()),
    versions: async (name) => (await stateOf(name).read()).versions.map((one) => versionIn(name, one)),
    begin: (version) => begin(vectors, stateOf(version.name), version),
    load: (version, documents, values) => put(vectors, version, documents, values),
    // S3 Vectors does it by itself, while vectors come.
    build: () => Promise.resolve(),
    known: (version, most) => known(vectors, version, most),
    change: (version, change) => made(vectors, version, change),
    sync: async (version, change, as) => {
      // Counted before it is made: a switch that comes in between finds its version behind.
      if (!(await claim(stateOf(version.name), version, as))) return false;
      await made(vectors, version, change);
      return true;
    },
    synced: (version, as, digest) => synced(stateOf(version.name), version, as, digest),
    lastSync: (name) => lastSync(stateOf(name)),
    inventory: (version) => inventory(vectors, version),
    search: (version, vector, k) => search(vectors, version, vector, k),
    exact: (version, questions, k) => exact(vectors, version, questions, k),
    ready: async ({ name, version }) =>
      void (await stateOf(name).change((now) => withVersion(now, version, (one) => ({ ...one, state: 'ready' })))),
    switchTo: (change) => switchTo(stateOf(change.name), change),
    rollBack: (name, keepSeconds, to) => rollBack(stateOf(name), name, keepSeconds, to),
    drop: async (version, whenDue = false) => {
      const state = stateOf(version.name);
      if (!(await giveUp(state, version, whenDue))) return false;
      await removeIndex(vectors, indexNameOf(version));
      await forget(state, version);
      return true;
    },
    interrupt: async () => ended.abort(),
    close: () => Promise.resolve(),
  };
}

async function made(vectors: Vectors, version: FormedVersion, change: Change): Promise<void> {
  await put(vectors, version, change.documents, change.vectors);
  await takeOut(vectors, version, change.deleted);
}

async function check({ client, vectorBucket, signal }: Vectors, state: StateObject, name: string): Promise<void> {
  const bucket = { vectorBucketName: vectorBucket };
  if (!(await unlessGone(client.send(new GetVectorBucketCommand(bucket), { abortSignal: signal })))) {
    const what = `vector bucket ${vectorBucket} is not in this account and region`;
    throw new StoreError('NotFound', what, makesVectorBucket(vectorBucket));
  }
  const { versions } = await state.read();
  const own = new Set(versions.map(({ version }) => indexNameOf({ name, version })));
  const isVersion = new RegExp(`^${name}-[0-9a-f]{12}$`);
  let nextToken: string | undefined;
  do {
    const command = new ListIndexesCommand({ ...bucket, prefix: `${name}-`, nextToken });
    const page = await client.send(command, { abortSignal: signal });
    const foreign = page.indexes?.find(({ indexName = '' }) => isVersion.test(indexName) && !own.has(indexName));
    if (foreign) {
      const found = `${foreign.indexName} exists already in vector bucket ${vectorBucket}, and is not of this attune`;
      throw new StoreError('NameTaken', found, 'give index.index another name');
    }
    ({ nextToken } = page);
  } while (nextToken !== undefined);
}

async function begin(vectors: Vectors, state: StateObject, version: NewVersion): Promise<void> {
  const { name, version: own, endpoint, model, madeBy, dimensions } = version;
  const indexName = indexNameOf(version);
  const before = (await state.read()).versions.find((one) => one.version === own);
  if (before?.removing) {
    await removeIndex(vectors, indexName);
    await forget(state, version);
  }
  // On record before it is there: what is there without a record is somebody else's.
  const { versions } = await state.change((now) =>
    now.versions.some((one) => one.version === own)
      ? undefined
      : {
          ...now,
          versions: [...now.versions, { version: own, endpoint, model, madeBy, dimensions, state: 'building' }],
        },
  );
  const stored = versions.find((one) => one.version === own)!;
  const taken = new StoreError('NameTaken', `index ${name} has a version ${own} of another model or form`);
  if (stored.endpoint !== endpoint || stored.dimensions !== dimensions) throw taken;
  const bucket = { vectorBucketName: vectors.vectorBucket };
  const options = { abortSignal: vectors.signal };
  const form = { dataType: 'float32', distanceMetric: 'cosine', dimension: dimensions } as const;
  const metadataConfiguration = { nonFilterableMetadataKeys: [...METADATA_KEYS] };
  try {
    const command = new CreateIndexCommand({ ...bucket, indexName, ...form, metadataConfiguration });
    await vectors.client.send(command, options);
  } catch (error) {
    if ((error as Error).name !== 'ConflictException') throw error;
    const { index } = await vectors.client.send(new GetIndexCommand({ ...bucket, indexName }), options);
    if (index?.dimension !== dimensions || index.distanceMetric !== 'cosine') throw taken;
  }
}

async function removeIndex({ client, vectorBucket, signal }: Vectors, indexName: string): Promise<void> {
  const command = new DeleteIndexCommand({ vectorBucketName: vectorBucket, indexName });
  await unlessGone(client.send(command, { abortSignal: signal }));
}

/** Undefined where what is asked for is not there. */
async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as Error).name === 'NotFoundException') return undefined;
    throw error;
  }
}

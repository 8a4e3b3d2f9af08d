/**
 * The documents of a version as vectors of its index: put in, taken out, listed, searched.
 * @module
 */
import {
  DeleteVectorsCommand,
  ListVectorsCommand,
  PutVectorsCommand,
  QueryVectorsCommand,
  type ListOutputVector,
  type PutInputVector,
  type QueryOutputVector,
  type S3VectorsClient,
} from '@aws-sdk/client-s3vectors';
import { StoreError } from '../errors.js';
import type { FormedVersion, Hit, IndexedDocument, Inventory, Known, VersionRef } from '../store.js';
import { indexNameOf } from './place.js';

/** A client, the vector bucket, and what ends every call. */
export interface Vectors {
  client: Pick<S3VectorsClient, 'send'>;
  vectorBucket: string;
  signal: AbortSignal;
}

/** Source of all limits: Amazon S3 user guide, "S3 Vectors: limitations and restrictions", November 2026. */
const AT_ONCE = 500;
const LISTED_AT_ONCE = 1000;
export const MOST_HITS = 100;
const LONGEST_KEY = 1024;
/** What a KB is the guide leaves open. */
const MOST_METADATA = 40_000;
/** Of a request of 20 MiB: what is not vectors and metadata is little. */
const MOST_BYTES = 16 * 1024 * 1024;
/** A number of 32 bits as JSON, at most. */
const BYTES_A_NUMBER = 24;
/** Read beside each other. AWS takes 16 at most. */
const SEGMENTS = 4;

/** No query filters by them, so each may be as long as AWS lets all together be. */
export const METADATA_KEYS = ['title', 'text', 'hash'] as const;
type Metadata = Pick<IndexedDocument, (typeof METADATA_KEYS)[number]>;

const named = ({ vectorBucket }: Vectors, of: VersionRef) => ({
  vectorBucketName: vectorBucket,
  indexName: indexNameOf(of),
});

/** A document that is there already becomes the new one. */
export async function put(
  vectors: Vectors,
  of: FormedVersion,
  documents: readonly IndexedDocument[],
  values: Float32Array,
): Promise<void> {
  const { dimensions } = of;
  if (values.length !== documents.length * dimensions) {
    const found = `${values.length} numbers for ${documents.length} documents of ${dimensions} dimensions`;
    throw new StoreError('RequestRefused', `loading into index ${of.name}: ${found}`);
  }
  const send = async (batch: PutInputVector[]): Promise<void> => {
    if (batch.length === 0) return;
    const command = new PutVectorsCommand({ ...named(vectors, of), vectors: batch });
    await vectors.client.send(command, { abortSignal: vectors.signal });
  };
  let batch: PutInputVector[] = [];
  let bytes = 0;
  for (const [i, { id, title, text, hash }] of documents.entries()) {
    const metadata: Metadata = { title, text, hash };
    const size = sizeOf(of, id, metadata) + BYTES_A_NUMBER * dimensions;
    if (batch.length === AT_ONCE || bytes + size > MOST_BYTES) {
      await send(batch);
      [batch, bytes] = [[], 0];
    }
    const float32 = [...values.subarray(i * dimensions, (i + 1) * dimensions)];
    batch.push({ key: id, data: { float32 }, metadata: { ...metadata } });
    bytes += size;
  }
  await send(batch);
}

/** @throws StoreError for a document that S3 Vectors would not keep */
function sizeOf({ name }: VersionRef, id: string, metadata: Metadata): number {
  const what = `loading into index ${name}: document ${JSON.stringify(id.slice(0, 80))}`;
  const mend = 'cut it in the data, or keep the index in pgvector';
  if (id.length > LONGEST_KEY) {
    throw new StoreError(
      'RequestRefused',
      `${what} has an id of ${id.length} characters, at most ${LONGEST_KEY} are kept`,
      mend,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (bytes <= MOST_METADATA) return bytes;
  const message = `${what} has ${bytes} bytes of title and text, S3 Vectors keeps at most ${MOST_METADATA}`;
  throw new StoreError('RequestRefused', message, mend);
}

/** What is not there is not missed. */
export async function takeOut(vectors: Vectors, of: VersionRef, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const command = new DeleteVectorsCommand({ ...named(vectors, of), keys: ids.slice(from, from + AT_ONCE) });
    await vectors.client.send(command, { abortSignal: vectors.signal });
  }
}

type Asked = { returnData?: true; returnMetadata?: true };

async function* listed(vectors: Vectors, of: VersionRef, asked: Asked, segmentIndex: number) {
  const segment = { segmentCount: SEGMENTS, segmentIndex, maxResults: LISTED_AT_ONCE };
  let nextToken: string | undefined;
  do {
    const command = new ListVectorsCommand({ ...named(vectors, of), ...asked, ...segment, nextToken });
    const page = await vectors.client.send(command, { abortSignal: vectors.signal });
    yield page.vectors ?? [];
    ({ nextToken } = page);
  } while (nextToken !== undefined);
}

/** Every vector once, in no order. */
async function eachPage(
  vectors: Vectors,
  of: VersionRef,
  asked: Asked,
  take: (page: readonly ListOutputVector[]) => void,
): Promise<void> {
  const segments = Array.from({ length: SEGMENTS }, async (_, segment) => {
    for await (const page of listed(vectors, of, asked, segment)) take(page);
  });
  await Promise.all(segments);
}

export async function* known(vectors: Vectors, of: VersionRef, most: number): AsyncGenerator<Known[]> {
  let rows: Known[] = [];
  for (let segment = 0; segment < SEGMENTS; segment += 1) {
    for await (const page of listed(vectors, of, { returnMetadata: true }, segment)) {
      rows.push(...page.map(({ key, metadata }) => ({ id: key!, hash: (metadata as unknown as Metadata).hash })));
      for (; rows.length >= most; rows = rows.slice(most)) yield rows.slice(0, most);
    }
  }
  if (rows.length > 0) yield rows;
}

export async function inventory(vectors: Vectors, of: VersionRef): Promise<Inventory> {
  let [documents, digest] = [0, 0n];
  await eachPage(vectors, of, { returnMetadata: true }, (page) => {
    documents += page.length;
    for (const { metadata } of page) digest ^= BigInt(`0x${(metadata as unknown as Metadata).hash.slice(0, 16)}`);
  });
  return { documents, digest: digest.toString(16).padStart(16, '0') };
}

/** @throws StoreError (RequestRefused) for more than S3 Vectors answers with */
export async function search(vectors: Vectors, of: VersionRef, vector: readonly number[], k: number): Promise<Hit[]> {
  if (k > MOST_HITS)
    throw new StoreError('RequestRefused', `S3 Vectors finds ${MOST_HITS} documents at most, ${k} were asked for`);
  const asked = { queryVector: { float32: [...vector] }, topK: k, returnDistance: true, returnMetadata: true };
  const found: QueryOutputVector[] = [];
  let nextToken: string | undefined;
  do {
    const command = new QueryVectorsCommand({ ...named(vectors, of), ...asked, nextToken });
    const page = await vectors.client.send(command, { abortSignal: vectors.signal });
    found.push(...(page.vectors ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return found.map(({ key, distance, metadata }, i) => {
    const { title, text } = metadata as unknown as Metadata;
    return { rank: i + 1, id: key!, title, text, score: 1 - distance! };
  });
}

/** One look at every vector answers all questions. */
export async function exact(
  vectors: Vectors,
  of: VersionRef,
  questions: readonly (readonly number[])[],
  k: number,
): Promise<string[][]> {
  const nearest = questions.map(() => [] as Near[]);
  await eachPage(vectors, of, { returnData: true }, (page) => {
    for (const { key, data } of page) {
      const values = data!.float32!;
      // The question's own length is the same for each.
      const length = Math.sqrt(dot(values, values));
      for (const [i, question] of questions.entries())
        enter(nearest[i]!, k, { id: key!, score: dot(question, values) / length });
    }
  });
  return nearest.map((best) => best.map(({ id }) => id));
}

interface Near {
  id: string;
  /** In the order of the cosine. */
  score: number;
}

const dot = (a: readonly number[], b: readonly number[]): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
};

/** @param best  the nearest first, k at most */
function enter(best: Near[], k: number, one: Near): void {
  if (best.length === k && best[k - 1]!.score >= one.score) return;
  const at = best.findIndex(({ score }) => score < one.score);
  best.splice(at < 0 ? best.length : at, 0, one);
  best.length = Math.min(best.length, k);
}

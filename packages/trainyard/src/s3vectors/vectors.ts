/**
 * The vectors of an index: put in, taken out, read, listed, and searched by a look at each of them.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Operations } from '../context.js';
import { invalid } from '../errors.js';
import { MOST_GOT, MOST_TOP_K, PAGE_BYTES, requireMetadata, requireVector } from './limits.js';
import { indexOf, pageOf, type NamesIndex } from './place.js';
import type { Vector, VectorFiles } from './vectorFiles.js';

interface Data {
  float32?: number[];
}
interface Returned {
  returnData?: boolean;
  returnMetadata?: boolean;
}

/** What AWS has and the local one has not: refused by name, never left out in silence. */
const MISSING = ['filter', 'queryTexts', 'queryMode', 'returnScores', 'nextToken'];

const LISTED = 500;

export const vectorOperations = (files: VectorFiles): Operations => ({
  PutVectors(input: NamesIndex & { vectors: { key: string; data: Data; metadata?: unknown }[] }, context) {
    const index = indexOf(context, input);
    const vectors = input.vectors.map(({ key, data, metadata }) => ({
      key,
      data: requireVector(index, `Vector '${key}'`, data.float32),
      metadata: requireMetadata(index, key, metadata),
    }));
    if (new Set(vectors.map(({ key }) => key)).size < vectors.length)
      throw invalid('vectors: each key may come once in a request.');
    files.put(index, vectors);
    return {};
  },

  DeleteVectors(input: NamesIndex & { keys: string[] }, context) {
    files.delete(indexOf(context, input), input.keys);
    return {};
  },

  GetVectors({ keys, returnData, returnMetadata, ...names }: NamesIndex & Returned & { keys: string[] }, context) {
    if (keys.length > MOST_GOT) throw invalid(`keys: at most ${MOST_GOT} in a request.`);
    const known = files.of(indexOf(context, names));
    const found = keys.flatMap((key) => known.get(key) ?? []);
    return { vectors: found.map((vector) => shown(vector, { returnData, returnMetadata })) };
  },

  ListVectors(input: ListVectorsInput, context) {
    const { maxResults = LISTED, nextToken, segmentCount = 1, segmentIndex = 0 } = input;
    if ((input.segmentCount === undefined) !== (input.segmentIndex === undefined))
      throw invalid('segmentCount and segmentIndex must be given together.');
    if (segmentIndex >= segmentCount) throw invalid('segmentIndex must be less than segmentCount.');
    const known = [...files.of(indexOf(context, input)).values()];
    const own = known
      .map((vector) => ({ vector, place: placeOf(vector.key) }))
      .filter(({ place }) => parseInt(place.slice(0, 8), 16) % segmentCount === segmentIndex);
    const { page } = pageOf(own, ({ place }) => place, { maxResults, nextToken });
    const vectors: object[] = [];
    let bytes = 0;
    for (const { vector } of page) {
      const one = shown(vector, input);
      vectors.push(one);
      bytes += Buffer.byteLength(JSON.stringify(one));
      if (bytes >= PAGE_BYTES) break;
    }
    const { nextToken: next } = pageOf(own, ({ place }) => place, { maxResults: vectors.length, nextToken });
    return { vectors, nextToken: next };
  },

  QueryVectors(input: QueryVectorsInput, context) {
    const missing = MISSING.find((member) => member in input);
    if (missing) throw invalid(`${missing}: the local S3 Vectors has none.`);
    const { topK, queryVector, returnDistance, returnMetadata } = input;
    if (topK > MOST_TOP_K) throw invalid(`topK: ${topK} is more than ${MOST_TOP_K}.`);
    const index = indexOf(context, input);
    const asked = requireVector(index, 'queryVector', queryVector?.float32);
    const distance = index.distanceMetric === 'cosine' ? cosineDistance : euclideanDistance;
    const nearest = [...files.of(index).values()]
      .map((vector) => ({ vector, distance: distance(asked, vector.data) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, topK);
    return {
      distanceMetric: index.distanceMetric,
      vectors: nearest.map((found) => ({
        ...shown(found.vector, { returnMetadata }),
        ...(returnDistance ? { distance: found.distance } : {}),
      })),
    };
  },
});

type ListVectorsInput = NamesIndex &
  Returned & { maxResults?: number; nextToken?: string; segmentCount?: number; segmentIndex?: number };

interface QueryVectorsInput extends NamesIndex {
  topK: number;
  queryVector?: Data;
  returnDistance?: boolean;
  returnMetadata?: boolean;
}

/** In no order that anybody should rely on, and the same for each who asks. */
const placeOf = (key: string): string => createHash('sha256').update(key).digest('hex');

const shown = ({ key, data, metadata }: Vector, { returnData, returnMetadata }: Returned): object => ({
  key,
  ...(returnData ? { data: { float32: [...data] } } : {}),
  ...(returnMetadata && metadata !== undefined ? { metadata } : {}),
});

function cosineDistance(a: Float32Array, b: Float32Array): number {
  let [dot, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    dot += a[i]! * b[i]!;
    ofA += a[i]! * a[i]!;
    ofB += b[i]! * b[i]!;
  }
  return 1 - dot / Math.sqrt(ofA * ofB);
}

function euclideanDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}

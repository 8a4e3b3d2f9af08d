/**
 * What AWS's service model does not say of vectors, and its guide does.
 * @module
 */
import { invalid } from '../errors.js';
import type { IndexRecord } from './place.js';

/**
 * Source: Amazon S3 user guide, "S3 Vectors: limitations and restrictions", November 2026. What a KB is it leaves open: the smaller
 * one, so that what is taken here is taken there.
 */
const MOST_METADATA = 40_000;
const MOST_FILTERABLE = 2_000;
const MOST_KEYS = 50;
export const MOST_TOP_K = 100;
export const MOST_GOT = 100;
/** Of a request's body. */
export const LARGEST_BODY = 20 * 1024 * 1024;
/** A page of ListVectors ends with the vector that reaches it. */
export const PAGE_BYTES = 1024 * 1024;

/** @throws ValidationException for a vector that the index cannot hold */
export function requireVector(
  { dimension, distanceMetric }: IndexRecord,
  what: string,
  values: readonly number[] | undefined,
): Float32Array {
  if (values === undefined) throw invalid(`${what}: expected float32 values.`);
  if (values.length !== dimension)
    throw invalid(`${what}: the vector has ${values.length} dimensions, the index ${dimension}.`);
  const vector = Float32Array.from(values);
  if (vector.some((value) => !Number.isFinite(value)))
    throw invalid(`${what}: a value is no finite number of 32 bits.`);
  if (distanceMetric === 'cosine' && vector.every((value) => value === 0))
    throw invalid(`${what}: a vector of zeros has no cosine distance.`);
  return vector;
}

/** @throws ValidationException for metadata that are too large, or of a form that is not kept */
export function requireMetadata(
  { metadataConfiguration: { nonFilterableMetadataKeys: unfiltered = [] } = {} }: IndexRecord,
  key: string,
  metadata: unknown,
): Record<string, unknown> | undefined {
  if (metadata === undefined) return undefined;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw invalid(`Metadata of vector '${key}': expected a JSON object.`);
  const entries = Object.entries(metadata);
  const wrong = entries.find(([, value]) => !isValue(value));
  if (wrong)
    throw invalid(`Metadata of vector '${key}': '${wrong[0]}' is no string, number, boolean or list of those.`);
  if (entries.length > MOST_KEYS)
    throw invalid(`Metadata of vector '${key}' have ${entries.length} keys, at most ${MOST_KEYS} are kept.`);
  requireSize(key, 'Metadata', entries, MOST_METADATA);
  const filterable = entries.filter(([name]) => !unfiltered.includes(name));
  requireSize(key, 'Filterable metadata', filterable, MOST_FILTERABLE);
  return metadata as Record<string, unknown>;
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isValue = (value: unknown): boolean => isScalar(value) || (Array.isArray(value) && value.every(isScalar));

function requireSize(key: string, what: string, entries: [string, unknown][], most: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(entries)));
  if (bytes > most) throw invalid(`${what} of vector '${key}' have ${bytes} bytes, at most ${most} are kept.`);
}

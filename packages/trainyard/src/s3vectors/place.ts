/**
 * What a request names: a vector bucket, or an index in it, by name or by ARN.
 * @module
 */
import type { Context } from '../context.js';
import { AwsError, invalid } from '../errors.js';

export interface BucketRecord {
  vectorBucketName: string;
  /** Milliseconds since the epoch. */
  createdMs: number;
  encryptionConfiguration?: object;
}

export interface IndexRecord {
  vectorBucketName: string;
  indexName: string;
  createdMs: number;
  dataType: 'float32';
  dimension: number;
  distanceMetric: 'cosine' | 'euclidean';
  metadataConfiguration?: { nonFilterableMetadataKeys?: string[] };
  encryptionConfiguration?: object;
}

export interface NamesBucket {
  vectorBucketName?: string;
  vectorBucketArn?: string;
}

export interface NamesIndex {
  vectorBucketName?: string;
  indexName?: string;
  indexArn?: string;
}

/** Source: the service model's pattern of ARNs; what of a name its own shape does not say. */
const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export const bucketArnOf = ({ settings }: Context, bucket: string): string =>
  `arn:aws:s3vectors:${settings.region}:${settings.accountId}:bucket/${bucket}`;

export const indexArnOf = (context: Context, { vectorBucketName, indexName }: IndexRecord): string =>
  `${bucketArnOf(context, vectorBucketName)}/index/${indexName}`;

/** Of the store: no name holds a slash. */
export const keyOf = ({ vectorBucketName, indexName }: Pick<IndexRecord, 'vectorBucketName' | 'indexName'>): string =>
  `${vectorBucketName}/${indexName}`;

/** @throws ValidationException for a name that no bucket or index can have */
export function requireName(member: string, name: string): void {
  if (!NAME.test(name))
    throw invalid(`${member} '${name}': expected 3 to 63 lower-case letters, digits, hyphens and dots.`);
}

/** @throws NotFoundException */
export function bucketOf(context: Context, { vectorBucketName, vectorBucketArn }: NamesBucket): BucketRecord {
  const name = onlyOne(vectorBucketName, vectorBucketArn, 'vectorBucketName or vectorBucketArn');
  const bucket = /:bucket\/([^/]+)$/.exec(name)?.[1] ?? name;
  const found = context.store.get<BucketRecord>('vector-bucket', bucket);
  if (found && (vectorBucketArn === undefined || vectorBucketArn === bucketArnOf(context, bucket))) return found;
  throw notFound('The specified vector bucket could not be found');
}

/** @throws NotFoundException */
export function indexOf(context: Context, { vectorBucketName, indexName, indexArn }: NamesIndex): IndexRecord {
  if (indexArn === undefined && (vectorBucketName === undefined || indexName === undefined))
    throw invalid('Either indexArn, or both vectorBucketName and indexName must be given.');
  if (indexArn !== undefined && (vectorBucketName !== undefined || indexName !== undefined))
    throw invalid('indexArn must not be given beside vectorBucketName and indexName.');
  const [, bucket = vectorBucketName!, index = indexName!] =
    /:bucket\/([^/]+)\/index\/([^/]+)$/.exec(indexArn ?? '') ?? [];
  bucketOf(context, { vectorBucketName: bucket });
  const found = context.store.get<IndexRecord>('vector-index', `${bucket}/${index}`);
  if (found && (indexArn === undefined || indexArn === indexArnOf(context, found))) return found;
  throw notFound('The specified index could not be found');
}

function onlyOne(name: string | undefined, arn: string | undefined, what: string): string {
  if ((name === undefined) === (arn === undefined)) throw invalid(`Exactly one of ${what} must be given.`);
  return name ?? arn!;
}

const notFound = (message: string): AwsError => new AwsError('NotFoundException', message, 404);
export const conflict = (message: string): AwsError => new AwsError('ConflictException', message, 409);

/** A part of a list, and the token of the next one: the name that it goes on behind. */
export function pageOf<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  { maxResults, nextToken }: { maxResults: number; nextToken?: string },
): { page: T[]; nextToken?: string } {
  const after = nextToken === undefined ? undefined : Buffer.from(nextToken, 'base64url').toString();
  const rest = all
    .filter((one) => after === undefined || nameOf(one) > after)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const page = rest.slice(0, maxResults);
  if (page.length === rest.length) return { page };
  return { page, nextToken: Buffer.from(nameOf(page.at(-1)!)).toString('base64url') };
}

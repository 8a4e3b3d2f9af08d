/**
 * The few things that attune does with S3 objects, by URI.
 * @module
 */
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import type { FineTuneSpec } from '../spec/schema.js';
import { parseS3Uri, type S3Location } from '../spec/sources.js';
import { unlessGone } from './errors.js';

export type S3 = Pick<S3Client, 'send'>;

/** @throws Error when the text is no S3 URI: a fault of the caller's */
export function locationOf(uri: string): S3Location {
  const location = parseS3Uri(uri);
  if (!location) throw new Error(`not an S3 URI: ${uri}`);
  return location;
}

const at = (uri: string): { Bucket: string; Key: string } => {
  const { bucket, key } = locationOf(uri);
  return { Bucket: bucket, Key: key };
};

export async function sizeOf(s3: S3, uri: string): Promise<number> {
  const { ContentLength } = await s3.send(new HeadObjectCommand(at(uri)));
  return ContentLength ?? 0;
}

/** Undefined where there is no such object. */
export async function lookAtObject(s3: S3, uri: string): Promise<{ bytes: number; eTag: string } | undefined> {
  const found = await unlessGone(s3.send(new HeadObjectCommand(at(uri))));
  return found && { bytes: found.ContentLength ?? 0, eTag: found.ETag ?? '' };
}

export async function openObject(s3: S3, uri: string): Promise<Readable> {
  const { Body } = await s3.send(new GetObjectCommand(at(uri)));
  return Body as Readable;
}

export async function readJson(s3: S3, uri: string): Promise<unknown> {
  const { Body } = await s3.send(new GetObjectCommand(at(uri)));
  return JSON.parse(await Body!.transformToString());
}

/** Of a spec: required wherever something is written, so that nobody forgets it. Without a key: the bucket's own encryption. */
export type Encryption = Pick<FineTuneSpec['encryption'], 'outputKmsKeyId'>;

/** Undefined where there is no such object. */
export const readText = async (s3: S3, uri: string): Promise<string | undefined> =>
  (await unlessGone(s3.send(new GetObjectCommand(at(uri)))))?.Body!.transformToString();

export async function writeObject(
  s3: S3,
  uri: string,
  body: string | Uint8Array,
  encryption: Encryption,
  metadata?: Record<string, string>,
): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      ...at(uri),
      Body: body,
      Metadata: metadata,
      ChecksumAlgorithm: 'SHA256',
      ...encryptedBy(encryption),
    }),
  );
}

/**
 * The SHA-256 that S3 has found the object to have when it was written, base64; of an upload in parts that of the parts' own,
 * "-" and their number.
 *
 * @returns undefined where there is no such object, or it was written without one
 */
export async function checksumOf(s3: S3, uri: string): Promise<string | undefined> {
  return (await unlessGone(s3.send(new HeadObjectCommand({ ...at(uri), ChecksumMode: 'ENABLED' }))))?.ChecksumSHA256;
}

/** CopyObject takes no more bytes. */
export const COPY_LIMIT_BYTES = 5 * 1024 ** 3;

/** S3 itself copies, up to that limit. */
export async function copyObject(s3: S3, from: string, to: string, encryption: Encryption): Promise<void> {
  const { bucket, key } = locationOf(from);
  const CopySource = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  await s3.send(new CopyObjectCommand({ ...at(to), CopySource, ...encryptedBy(encryption) }));
}

/** What a request that writes an object says of its encryption. */
export const encryptedBy = ({ outputKmsKeyId }: Encryption) =>
  outputKmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: outputKmsKeyId };

/** Is there an object of this name, or one below it? */
export const holdsSomething = async (s3: S3, uri: string): Promise<boolean> =>
  (await firstObjects(s3, uri, 1)).length > 0;

/** URIs of the first objects whose keys begin so, in the order of their keys. */
export async function firstObjects(s3: S3, uri: string, most: number): Promise<string[]> {
  const { bucket, key } = locationOf(uri);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: most }));
  return Contents.map(({ Key }) => `s3://${bucket}/${Key}`);
}

/** How many objects are listed at most: 200 calls. */
const MOST_LISTED = 200_000;

export interface ListedObject {
  key: string;
  bytes: number;
  eTag: string;
}

/**
 * All objects of this name and below it, in the order of their keys.
 *
 * @param onPage  called after each 1,000 objects
 * @returns       undefined where there are more than 200,000
 */
export async function listObjects(
  s3: S3,
  uri: string,
  onPage: (listed: number) => void = () => undefined,
): Promise<ListedObject[] | undefined> {
  const { bucket, key } = locationOf(uri);
  const objects: ListedObject[] = [];
  let next: string | undefined;
  do {
    const { Contents = [], NextContinuationToken } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: key, ContinuationToken: next }),
    );
    objects.push(...Contents.map(({ Key = '', Size = 0, ETag = '' }) => ({ key: Key, bytes: Size, eTag: ETag })));
    if (objects.length > MOST_LISTED) return undefined;
    onPage(objects.length);
    next = NextContinuationToken;
  } while (next !== undefined);
  return objects;
}

/** S3 takes so many names at once. */
const REMOVED_AT_ONCE = 1000;

/** @throws Error of S3's own kind where an object stays */
export async function removeObjects(
  s3: S3,
  bucket: string,
  objects: readonly Pick<ListedObject, 'key'>[],
): Promise<void> {
  for (let from = 0; from < objects.length; from += REMOVED_AT_ONCE) {
    const Objects = objects.slice(from, from + REMOVED_AT_ONCE).map(({ key: Key }) => ({ Key }));
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = Errors;
    if (!first) continue;
    const message = `${Errors.length} objects stay, such as ${first.Key}: ${first.Code} (${first.Message})`;
    throw Object.assign(new Error(message), { name: first.Code });
  }
}

/** URIs of the objects below a folder that are none of the expected ones. */
export async function othersBelow(
  s3: S3,
  folder: string,
  expected: Pick<ReadonlyMap<string, unknown>, 'has'>,
): Promise<string[]> {
  const { bucket } = locationOf(folder);
  const found = (await listObjects(s3, folder)) ?? [];
  return found.map(({ key }) => `s3://${bucket}/${key}`).filter((uri) => !expected.has(uri));
}

/**
 * Local files to S3: each only once, big ones in parts, an interrupted upload goes on with the parts that are missing.
 * @module
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { open, readFile, stat } from 'node:fs/promises';
import { isNotFound } from '../../aws/errors.js';
import { AttuneError } from '../../spec/attuneError.js';
import type { FileToStore } from './contentAddress.js';

export interface UploadOptions {
  /** Called for bytes that are in S3 now; `sent` tells whether this call sent them or found them there. */
  onBytes?: (bytes: number, sent: boolean) => void;
  /** Stops before the next part; the parts under way are finished, and the next try goes on from there. */
  signal?: AbortSignal;
  /** Bytes a part, from S3's least of 5 MiB. Default 16 MiB, more where a file would need more than 10,000 parts. */
  partBytes?: number;
}

const DEFAULT_PART_BYTES = 16 * 1024 * 1024;
const MOST_PARTS = 10_000;
const PARTS_AT_ONCE = 4;

export async function upload(
  s3: S3Client,
  file: FileToStore,
  bucket: string,
  key: string,
  options: UploadOptions = {},
): Promise<void> {
  const { onBytes = () => undefined, signal } = options;
  signal?.throwIfAborted();
  if (await isThere(s3, bucket, key, file.bytes)) {
    onBytes(file.bytes, false);
    return;
  }
  const partBytes = Math.max(options.partBytes ?? DEFAULT_PART_BYTES, Math.ceil(file.bytes / MOST_PARTS));
  if (file.bytes <= partBytes) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(file.path) }), {
      abortSignal: signal,
    });
    await assertUnchanged(file);
    onBytes(file.bytes, true);
  } else {
    await uploadParts(s3, file, { Bucket: bucket, Key: key }, partBytes, onBytes, signal);
  }
}

async function isThere(s3: S3Client, bucket: string, key: string, bytes: number): Promise<boolean> {
  try {
    const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return ContentLength === bytes;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

interface Target {
  Bucket: string;
  Key: string;
}

async function uploadParts(
  s3: S3Client,
  file: FileToStore,
  target: Target,
  partBytes: number,
  onBytes: (bytes: number, sent: boolean) => void,
  signal?: AbortSignal,
): Promise<void> {
  const started = await startedBefore(s3, target);
  // With the algorithm named, S3 keeps each part's checksum, and a later try can read it there.
  const UploadId =
    started ?? (await s3.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }))).UploadId!;
  const found = started
    ? await partsOf(s3, { ...target, UploadId })
    : new Map<number, CompletedPart & { Size?: number }>();

  const parts = Array.from({ length: Math.ceil(file.bytes / partBytes) }, (_, i) => {
    const start = i * partBytes;
    return { PartNumber: i + 1, start, bytes: Math.min(partBytes, file.bytes - start) };
  });
  const done: CompletedPart[] = [];
  const left: typeof parts = [];
  for (const part of parts) {
    const there = found.get(part.PartNumber);
    // The key is made from the content: a part of this size at this place holds these bytes.
    if (there?.Size === part.bytes) {
      done.push(completed(part.PartNumber, there));
      onBytes(part.bytes, false);
    } else {
      left.push(part);
    }
  }

  const handle = await open(file.path);
  try {
    const sendNext = async (): Promise<void> => {
      for (let part = left.shift(); part; part = left.shift()) {
        signal?.throwIfAborted();
        const Body = Buffer.alloc(part.bytes);
        await handle.read(Body, 0, part.bytes, part.start);
        const sent = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: part.PartNumber, Body }));
        done.push(completed(part.PartNumber, sent));
        onBytes(part.bytes, true);
      }
    };
    const senders = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, sendNext));
    const failed = senders.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed) throw failed.reason;
  } finally {
    await handle.close();
  }
  try {
    await assertUnchanged(file);
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId })); // its parts are of two versions of the file
    throw error;
  }
  const Parts = done.sort((a, b) => a.PartNumber! - b.PartNumber!);
  await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
}

const completed = (PartNumber: number, { ETag, ChecksumCRC32 }: CompletedPart): CompletedPart => ({
  PartNumber,
  ETag,
  ChecksumCRC32,
});

/** The newest upload of this key that was begun and not ended. */
async function startedBefore(s3: S3Client, { Bucket, Key }: Target): Promise<string | undefined> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
  const [newest] = Uploads.filter((begun) => begun.Key === Key).sort(
    (a, b) => Number(b.Initiated) - Number(a.Initiated),
  );
  return newest?.UploadId;
}

async function partsOf(
  s3: S3Client,
  request: Target & { UploadId: string },
): Promise<Map<number, CompletedPart & { Size?: number }>> {
  const found = new Map<number, CompletedPart & { Size?: number }>();
  let marker: string | undefined;
  do {
    const {
      Parts = [],
      IsTruncated,
      NextPartNumberMarker,
    } = await s3.send(new ListPartsCommand({ ...request, PartNumberMarker: marker }));
    for (const part of Parts) found.set(part.PartNumber!, part);
    marker = IsTruncated ? NextPartNumberMarker : undefined;
  } while (marker);
  return found;
}

/** A file that changed since it was read would lie under the name of other content. */
async function assertUnchanged({ path, bytes, modifiedMs }: FileToStore): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  if (size === bytes && mtimeMs === modifiedMs) return;
  throw new AttuneError(
    'InvalidRequest',
    `${path} changed while it was uploaded`,
    'submit again when nothing writes to it any more',
  );
}

/**
 * Local files to S3: each only once, big ones in parts, an interrupted upload goes on with the parts that are missing. S3 keeps a
 * checksum with each, so that what lies under the name of some content is known to be that content.
 * @module
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { checksumOf, encryptedBy, type Encryption } from '../../aws/s3.js';
import { AttuneError } from '../../spec/attuneError.js';
import type { FilePart, FileToStore } from './contentAddress.js';
import { bytesFrom, changed, reading } from './reading.js';

export interface UploadOptions {
  /** Called for bytes that are in S3 now; `sent` tells whether this call sent them or found them there. */
  onBytes?: (bytes: number, sent: boolean) => void;
  /** Stops before the next part; the parts under way are finished, and the next try goes on from there. */
  signal?: AbortSignal;
}

const PARTS_AT_ONCE = 4;

/** @throws AttuneError when something else lies under the key, or the file changes on the way */
export async function upload(
  s3: S3Client,
  file: FileToStore,
  bucket: string,
  key: string,
  encryption: Encryption,
  { onBytes = () => undefined, signal }: UploadOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const target = { Bucket: bucket, Key: key };
  if (await isThere(s3, target, file)) {
    onBytes(file.bytes, false);
  } else if (file.parts.length === 1) {
    await reading(file, async (handle) => {
      const Body = await read(handle, file, file.parts[0]!);
      const put = { ...target, Body, ChecksumAlgorithm: 'SHA256', ...encryptedBy(encryption) } as const;
      await s3.send(new PutObjectCommand(put), { abortSignal: signal });
    });
    onBytes(file.bytes, true);
  } else {
    await uploadParts(s3, file, { target, encryption }, onBytes, signal);
  }
}

/** One without a checksum of this kind, or of parts of another size, proves nothing: it is sent again. */
async function isThere(s3: S3Client, target: Target, file: FileToStore): Promise<boolean> {
  const uri = `s3://${target.Bucket}/${target.Key}`;
  const found = await checksumOf(s3, uri);
  if (found === undefined) return false;
  const expected = checksumOfParts(file.parts);
  if (found === expected) return true;
  if (found.split('-')[1] !== expected.split('-')[1]) return false;
  throw new AttuneError(
    'ContentChanged',
    `${uri} is not what its name says: its SHA-256 is ${found}, that of ${file.path} is ${expected}. Somebody has written over it`,
  );
}

/** As S3 tells it: of the whole, or "<of the parts' checksums>-<how many>". */
function checksumOfParts(parts: readonly FilePart[]): string {
  if (parts.length === 1) return parts[0]!.sha256;
  const all = Buffer.concat(parts.map(({ sha256 }) => Buffer.from(sha256, 'base64')));
  return `${createHash('sha256').update(all).digest('base64')}-${parts.length}`;
}

/** @throws AttuneError when it is not what was named any more */
async function read(handle: Parameters<typeof bytesFrom>[0], file: FileToStore, part: FilePart): Promise<Buffer> {
  const content = await bytesFrom(handle, file, part);
  if (createHash('sha256').update(content).digest('base64') !== part.sha256) throw changed(file);
  return content;
}

interface Target {
  Bucket: string;
  Key: string;
}

async function uploadParts(
  s3: S3Client,
  file: FileToStore,
  { target, encryption }: { target: Target; encryption: Encryption },
  onBytes: (bytes: number, sent: boolean) => void,
  signal?: AbortSignal,
): Promise<void> {
  const started = await startedBefore(s3, target);
  // With the algorithm named, S3 keeps each part's checksum, and a later try can read it there.
  const begin = { ...target, ChecksumAlgorithm: 'SHA256', ...encryptedBy(encryption) } as const;
  const UploadId = started ?? (await s3.send(new CreateMultipartUploadCommand(begin))).UploadId!;
  const found = started ? await partsOf(s3, { ...target, UploadId }) : new Map<number, CompletedPart>();

  const done: CompletedPart[] = [];
  const left: (FilePart & { PartNumber: number })[] = [];
  for (const [i, part] of file.parts.entries()) {
    const PartNumber = i + 1;
    const there = found.get(PartNumber);
    if (there?.ChecksumSHA256 === part.sha256) {
      done.push(completed(PartNumber, there));
      onBytes(part.bytes, false);
    } else {
      left.push({ ...part, PartNumber });
    }
  }

  const sendAll = (): Promise<void> =>
    reading(file, async (handle) => {
      const sendNext = async (): Promise<void> => {
        for (let part = left.shift(); part; part = left.shift()) {
          signal?.throwIfAborted();
          const { PartNumber } = part;
          const Body = await read(handle, file, part);
          const sent = await s3.send(
            new UploadPartCommand({ ...target, UploadId, PartNumber, Body, ChecksumAlgorithm: 'SHA256' }),
          );
          done.push(completed(PartNumber, sent));
          onBytes(part.bytes, true);
        }
      };
      const senders = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, sendNext));
      const failed = senders.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
      if (failed) throw failed.reason;
    });
  try {
    await sendAll();
  } catch (error) {
    // Of a file that changed, the parts are of two versions; any other upload can go on.
    if (error instanceof AttuneError) await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
    throw error;
  }
  const Parts = done.sort((a, b) => a.PartNumber! - b.PartNumber!);
  await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
}

const completed = (PartNumber: number, { ETag, ChecksumSHA256 }: CompletedPart): CompletedPart => ({
  PartNumber,
  ETag,
  ChecksumSHA256,
});

/** The newest upload of this key that was begun and not ended, and whose parts can be told by their checksums. */
async function startedBefore(s3: S3Client, { Bucket, Key }: Target): Promise<string | undefined> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
  const [newest] = Uploads.filter((begun) => begun.Key === Key && begun.ChecksumAlgorithm === 'SHA256').sort(
    (a, b) => Number(b.Initiated) - Number(a.Initiated),
  );
  return newest?.UploadId;
}

async function partsOf(s3: S3Client, request: Target & { UploadId: string }): Promise<Map<number, CompletedPart>> {
  const found = new Map<number, CompletedPart>();
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

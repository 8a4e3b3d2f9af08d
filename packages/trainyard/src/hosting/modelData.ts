/**
 * Model data from S3 into an instance's model folder: an archive unpacked while it comes in, or objects as they are.
 * @module
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { outlastS3 } from '../jobs/outlastS3.js';
import { download, parseS3Uri } from '../s3.js';
import type { S3ModelSource } from './records.js';
import { unpack } from './unpack.js';

/** A reason for which an endpoint fails, in the words that it shows. */
export class DeploymentFailure extends Error {
  override readonly name = 'DeploymentFailure';
}

/**
 * Makes the folder whole: it appears under its name only once everything is in it.
 *
 * @throws DeploymentFailure when the object is missing, is no archive that may be unpacked, or takes too long
 */
export async function fetchModelData(
  source: S3ModelSource | undefined,
  folder: string,
  limitMs: number,
): Promise<void> {
  const partial = `${folder}.partial`;
  const signal = AbortSignal.timeout(limitMs);
  await outlastS3(async () => {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    if (source?.CompressionType === 'Gzip') await unpackObject(source.S3Uri, partial, signal);
    else if (source) await copy(source.S3Uri, partial, signal);
  }, signal);
  await rename(partial, folder);
}

async function copy(uri: string, folder: string, signal: AbortSignal): Promise<void> {
  let files: number;
  try {
    files = await download(uri, folder, signal);
  } catch (error) {
    throw notDownloaded(uri, error);
  }
  if (!files) throw notDownloaded(uri, new Error('nothing is there'));
}

async function openObject(uri: string, signal: AbortSignal): Promise<Readable> {
  try {
    const { bucket, key } = parseS3Uri(uri);
    const command = new GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body } = await new S3Client({ forcePathStyle: true }).send(command, { abortSignal: signal });
    return Body as Readable;
  } catch (error) {
    throw notDownloaded(uri, error);
  }
}

async function unpackObject(uri: string, folder: string, signal: AbortSignal): Promise<void> {
  const archive = await openObject(uri, signal);
  try {
    await unpack(archive, folder, signal);
  } catch (error) {
    throw new DeploymentFailure(
      `Failed to extract model data archive for container "container_1" from URL "${uri}". ` +
        `Please ensure that the object located at the URL is a valid tar.gz archive. (${messageOf(error)})`,
      { cause: error },
    );
  }
}

const notDownloaded = (uri: string, cause: unknown): DeploymentFailure =>
  new DeploymentFailure(
    `Failed to download model data for container "container_1" from URL: "${uri}". Please ensure that there is an object ` +
      `located at the URL and that the role passed to CreateModel has permissions to download the object. (${messageOf(cause)})`,
    { cause },
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

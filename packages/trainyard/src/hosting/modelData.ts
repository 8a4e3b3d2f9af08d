/**
 * Model data from S3 into an instance's model folder: an archive unpacked while it comes in, or objects as they are.
 * @module
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { extract } from 'tar-stream';
import { outlastS3 } from '../jobs/outlastS3.js';
import { download, parseS3Uri } from '../jobs/s3.js';
import type { S3ModelSource } from './records.js';

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
    if (source?.CompressionType === 'Gzip') await unpack(source.S3Uri, partial, signal);
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

async function unpack(uri: string, folder: string, signal: AbortSignal): Promise<void> {
  const archive = await openObject(uri, signal);
  const entries = extract();
  try {
    await Promise.all([
      pipeline(archive, createGunzip(), entries, { signal }),
      (async () => {
        for await (const entry of entries) {
          const { name, type } = entry.header;
          const path = inside(folder, name);
          if (type === 'file') await write(entry, path);
          // A link could lead out of the model's folder.
          else if (type !== 'directory')
            throw new Error(`entry "${name}" is a ${type}: expected files and folders only`);
          else {
            await mkdir(path, { recursive: true });
            entry.resume();
          }
        }
      })(),
    ]);
  } catch (error) {
    throw new DeploymentFailure(
      `Failed to extract model data archive for container "container_1" from URL "${uri}". ` +
        `Please ensure that the object located at the URL is a valid tar.gz archive. (${messageOf(error)})`,
      { cause: error },
    );
  }
}

async function write(content: AsyncIterable<unknown>, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(content as AsyncIterable<Buffer>, createWriteStream(path));
}

function inside(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (path !== folder && !path.startsWith(folder + sep)) {
    throw new Error(`entry ${JSON.stringify(name)} leads out of the archive`);
  }
  return path;
}

const notDownloaded = (uri: string, cause: unknown): DeploymentFailure =>
  new DeploymentFailure(
    `Failed to download model data for container "container_1" from URL: "${uri}". Please ensure that there is an object ` +
      `located at the URL and that the role passed to CreateModel has permissions to download the object. (${messageOf(cause)})`,
    { cause },
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

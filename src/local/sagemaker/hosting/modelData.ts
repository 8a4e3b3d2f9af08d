/**
 * Model data from S3 into an instance's model folder: an archive unpacked while it comes in, or objects as they are.
 * @module
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { extract } from 'tar-stream';
import type { Settings } from '../context.js';
import type { S3ModelSource } from './records.js';

/** A reason for which an endpoint fails, in the words that it shows. */
export class DeploymentFailure extends Error {
  override readonly name = 'DeploymentFailure';
}

/**
 * Makes the folder whole: it appears under its name only once everything is in it.
 *
 * @throws DeploymentFailure when the object is missing or is no archive that may be unpacked
 */
export async function fetchModelData(
  settings: Settings,
  source: S3ModelSource | undefined,
  folder: string,
): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  if (source) await download(settings, source, partial);
  await rename(partial, folder);
}

async function download(settings: Settings, source: S3ModelSource, folder: string): Promise<void> {
  const s3 = await clientOf(settings);
  try {
    if (source.S3DataType === 'S3Prefix') await copyPrefix(s3, source.S3Uri, folder);
    else if (source.CompressionType === 'Gzip') await unpack(await open(s3, source.S3Uri), source.S3Uri, folder);
    else
      await write(await open(s3, source.S3Uri), inside(folder, source.S3Uri.slice(source.S3Uri.lastIndexOf('/') + 1)));
  } finally {
    s3.destroy();
  }
}

/** Loaded when first needed: an emulator that hosts nothing does without the S3 client's memory. */
async function clientOf({ awsEnvironment: environment, region }: Settings): Promise<S3Client> {
  const { S3Client: Client } = await import('@aws-sdk/client-s3');
  return new Client({
    region,
    endpoint: environment['AWS_ENDPOINT_URL_S3'],
    forcePathStyle: true,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
}

async function open(s3: S3Client, uri: string): Promise<Readable> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    const { Body } = await s3.send(new GetObjectCommand(locationOf(uri)));
    return Body as Readable;
  } catch (error) {
    throw notDownloaded(uri, error);
  }
}

async function copyPrefix(s3: S3Client, uri: string, folder: string): Promise<void> {
  const { paginateListObjectsV2 } = await import('@aws-sdk/client-s3');
  const { Bucket, Key: Prefix } = locationOf(uri);
  const keys: string[] = [];
  try {
    for await (const { Contents } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
      keys.push(...(Contents ?? []).flatMap(({ Key }) => (Key && !Key.endsWith('/') ? [Key] : [])));
    }
  } catch (error) {
    throw notDownloaded(uri, error);
  }
  if (!keys.length) throw notDownloaded(uri, new Error('no object has this prefix'));
  for (const key of keys)
    await write(await open(s3, `s3://${Bucket}/${key}`), inside(folder, key.slice(Prefix.length)));
}

async function unpack(archive: Readable, uri: string, folder: string): Promise<void> {
  const entries = extract();
  try {
    await Promise.all([
      pipeline(archive, createGunzip(), entries),
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

function locationOf(uri: string): { Bucket: string; Key: string } {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  return { Bucket, Key };
}

const notDownloaded = (uri: string, cause: unknown): DeploymentFailure =>
  new DeploymentFailure(
    `Failed to download model data for container "container_1" from URL: "${uri}". Please ensure that there is an object ` +
      `located at the URL and that the role passed to CreateModel has permissions to download the object. (${messageOf(cause)})`,
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

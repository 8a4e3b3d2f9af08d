/**
 * Files of a run, fetched once and kept in the user's cache folder.
 * @module
 */
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../../aws/hash.js';
import { parseS3Uri } from '../../spec/sources.js';
import { fromReading } from '../aws.js';

const cacheFolder = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'attune', 'runs');

/** @returns the local path; the object is fetched again only when it has changed */
export async function downloaded(s3: S3Client, uri: string): Promise<string> {
  const { bucket, key } = parseS3Uri(uri)!;
  const object = { Bucket: bucket, Key: key };
  try {
    const { ETag } = await s3.send(new HeadObjectCommand(object));
    const path = join(cacheFolder(), sha256(`${uri}\n${ETag}`).slice(0, 16), basename(key));
    // Reports quote documents: nobody else's on this machine, also where an earlier version left the folder open.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await chmod(cacheFolder(), 0o700);
    if (await exists(path)) return path;
    const { Body } = await s3.send(new GetObjectCommand(object));
    const partial = `${path}.${process.pid}`;
    await pipeline(Body as Readable, createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, path); // whole or not at all
    return path;
  } catch (error) {
    throw fromReading(error, uri);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * S3 as jobs use it, of whichever kind: prefixes come in as files, folders go out as objects.
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

let shared: S3Client | undefined;
/** Made at the first use: endpoint, keys and region come from AWS's own variables. No bucket is a host name of a server here. */
const client = (): S3Client => (shared ??= new S3Client({ forcePathStyle: true }));

export interface Location {
  bucket: string;
  key: string;
}

/** @param uri  s3://bucket/key */
export function parseS3Uri(uri: string): Location {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri);
  if (!match) throw new Error(`'${uri}' is not an S3 URI; expected s3://<bucket>/<key>`);
  return { bucket: match[1] ?? '', key: match[2] ?? '' };
}

/** Whether anything lies under a prefix; a bucket that does not exist holds nothing. */
export async function hasObjects(uri: string): Promise<boolean> {
  if (!uri.startsWith('s3://')) return false;
  const { bucket, key } = parseS3Uri(uri);
  try {
    const { KeyCount } = await client().send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }));
    return (KeyCount ?? 0) > 0;
  } catch (error) {
    if ((error as Error).name === 'NoSuchBucket') return false;
    throw error;
  }
}

/**
 * Copies what lies under a prefix into a folder; a URI that is a whole key becomes one file of that key's last name.
 *
 * @param wanted  by a key's place among all, for a host that gets a share
 * @returns number of files
 */
export async function download(
  uri: string,
  folder: string,
  signal: AbortSignal,
  wanted: (place: number) => boolean = () => true,
): Promise<number> {
  const { bucket, key: prefix } = parseS3Uri(uri);
  await mkdir(folder, { recursive: true });
  let files = 0;
  let place = 0;
  for await (const key of keysUnder(bucket, prefix)) {
    signal.throwIfAborted();
    if (key.endsWith('/') || !wanted(place++)) continue;
    const target = join(folder, key.slice(prefix.length).replace(/^\//, '') || basename(key));
    if (relative(folder, target).startsWith('..')) throw new Error(`object key '${key}' points outside its folder`);
    await mkdir(dirname(target), { recursive: true });
    const { Body } = await client().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    await pipeline(Body as Readable, createWriteStream(target), { signal });
    files += 1;
  }
  return files;
}

/** URIs of the objects at a URI, which may be one of them, and below it. */
export async function objectsUnder(uri: string): Promise<string[]> {
  const { bucket, key } = parseS3Uri(uri);
  const found: string[] = [];
  for await (const one of keysUnder(bucket, key)) found.push(`s3://${bucket}/${one}`);
  return found;
}

/** @returns undefined where there is no such object */
export async function readObject(uri: string): Promise<string | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    return await (await client().send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body!.transformToString();
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}

async function* keysUnder(bucket: string, prefix: string): AsyncGenerator<string> {
  let token: string | undefined;
  do {
    const page = await client().send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key } of page.Contents ?? []) if (Key) yield Key;
    token = page.NextContinuationToken;
  } while (token);
}

export async function putStream(uri: string, body: Readable): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  await new Upload({ client: client(), params: { Bucket: bucket, Key: key, Body: body } }).done();
}

/** Adds a path to a URI, whether or not the URI ends in a slash. */
export const under = (uri: string, path: string): string => `${uri.replace(/\/+$/, '')}/${path}`;

/** The regular files below a folder, as paths relative to it; symbolic links are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

const asKey = (path: string): string => path.split(sep).join('/');

/** A folder that is kept equal to a prefix by repeated uploads of what changed. */
export class FolderMirror {
  private readonly uploaded = new Map<string, string>();

  /** @param deletes  whether files that vanish here are deleted there too */
  constructor(
    private readonly folder: string,
    private readonly uri: string,
    private readonly deletes: boolean,
  ) {}

  /** Takes the present files for uploaded already: they were just downloaded from there. */
  async assumeEqual(): Promise<void> {
    for (const path of await filesBelow(this.folder)) this.uploaded.set(path, await this.version(path));
  }

  /** @param settledMs  files that changed less than this ago are left for the next time: they may be half written */
  async upload(settledMs = 0): Promise<void> {
    const paths = await filesBelow(this.folder);
    for (const path of paths) {
      const version = await this.version(path).catch(() => undefined);
      if (version === undefined || version === this.uploaded.get(path) || age(version) < settledMs) continue;
      await putStream(under(this.uri, asKey(path)), createReadStream(join(this.folder, path)));
      this.uploaded.set(path, version);
    }
    if (!this.deletes) return;
    for (const path of [...this.uploaded.keys()].filter((known) => !paths.includes(known))) {
      const { bucket, key } = parseS3Uri(under(this.uri, asKey(path)));
      await client().send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      this.uploaded.delete(path);
    }
  }

  private async version(path: string): Promise<string> {
    const { mtimeMs, size } = await stat(join(this.folder, path));
    return `${mtimeMs} ${size}`;
  }
}

const age = (version: string): number => Date.now() - Number.parseFloat(version);

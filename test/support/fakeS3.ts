/**
 * S3 as far as attune uses it, in memory.
 * @module
 */
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { awsError } from './awsError.js';

/** For `hold` on probes.json: what is deployed is planned by it first, and verified by it then. */
export const READ_TO_VERIFY = { after: 1 };

export class FakeS3 implements Pick<S3Client, 'send'> {
  readonly objects = new Map<string, Buffer>();
  /** When each was written. */
  private readonly written = new Map<string, Date>();
  /** The KMS key that each write and copy asked for, by the object's URI; undefined where it asked for none. */
  readonly keys = new Map<string, string | undefined>();
  /** Metadata of those that were written with some, by the object's URI. */
  private readonly metadata = new Map<string, Record<string, string>>();
  /** SHA-256 of what was written with one, base64, by the object's URI. */
  private readonly checksums = new Map<string, string>();
  /** While there is one, each delete ends so. */
  undeletable?: Error;
  private held?: { uri: RegExp; after: number; reached: () => void; released: Promise<void> };

  put(uri: string, content: string | Buffer): void {
    this.objects.set(uri, Buffer.from(content));
    this.checksums.delete(uri);
    this.written.set(uri, new Date());
  }
  /** Names of the folders under a prefix. */
  foldersIn(uri = 's3://none/'): string[] {
    const below = [...this.objects.keys()].filter((key) => key.startsWith(uri));
    return [...new Set(below.map((key) => key.slice(uri.length).split('/')[0]!))];
  }
  /** Whether there is an object of this name, or one that begins so. */
  has(uri: string): boolean {
    return [...this.objects.keys()].some((key) => key.startsWith(uri));
  }
  json(uri: string): unknown {
    const found = this.objects.get(uri);
    return found && JSON.parse(found.toString());
  }

  /** Makes the next call on such an object, or one after so many, wait: `reached` tells that it came, `release` lets it go on. */
  hold(uri: RegExp, { after = 0 } = {}): { reached: Promise<void>; release: () => void } {
    let reached = (): void => undefined;
    let release = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (reached = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    this.held = { uri, after, reached, released };
    return { reached: arrival, release };
  }

  /** For the paginators of the SDK, which want its own class. */
  get pageable(): S3Client {
    return Object.assign(Object.create(S3Client.prototype), { send: this.send }) as S3Client;
  }

  send = (async (command: { input: { Bucket?: string; Key?: string } }) => {
    const { held } = this;
    if (held?.uri.test(`s3://${command.input.Bucket}/${command.input.Key}`) && held.after-- === 0) {
      this.held = undefined;
      held.reached();
      await held.released;
    }
    if (command instanceof PutObjectCommand) {
      const { Bucket, Key, Body, SSEKMSKeyId, Metadata, ChecksumAlgorithm, IfMatch, IfNoneMatch } = command.input;
      const uri = `s3://${Bucket}/${Key}`;
      const there = this.objects.get(uri);
      if (IfMatch !== undefined && !there) throw awsError('NoSuchKey', 'The specified key does not exist.', 404);
      if ((IfNoneMatch === '*' && there) || (IfMatch !== undefined && IfMatch !== eTagOf(there!)))
        throw awsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
      if (Metadata) this.metadata.set(uri, Metadata);
      this.keys.set(uri, SSEKMSKeyId);
      this.put(uri, Body as string | Buffer);
      if (ChecksumAlgorithm === 'SHA256')
        this.checksums.set(uri, createHash('sha256').update(this.get(command.input)).digest('base64'));
      return {};
    }
    if (command instanceof ListObjectsV2Command) {
      const { Bucket, Prefix = '', MaxKeys = 1000, ContinuationToken = '', Delimiter } = command.input;
      const root = `s3://${Bucket}/`;
      if (Delimiter === '/') {
        const folders = this.foldersIn(root + Prefix).filter((name) => this.has(`${root}${Prefix}${name}/`));
        return { CommonPrefixes: folders.map((name) => ({ Prefix: `${Prefix}${name}/` })) };
      }
      const found = [...this.objects].filter(
        ([uri]) => uri.startsWith(root + Prefix) && uri > root + ContinuationToken,
      );
      const page = found.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MaxKeys);
      const Contents = page.map(([uri, content]) => ({
        Key: uri.slice(root.length),
        Size: content.length,
        LastModified: this.written.get(uri),
        ETag: eTagOf(content),
      }));
      const IsTruncated = found.length > page.length;
      const NextContinuationToken = IsTruncated ? Contents.at(-1)?.Key : undefined;
      return { KeyCount: page.length, Contents, IsTruncated, NextContinuationToken };
    }
    if (command instanceof HeadObjectCommand) {
      const { Bucket, Key, ChecksumMode } = command.input;
      const uri = `s3://${Bucket}/${Key}`;
      return {
        ContentLength: this.get(command.input).length,
        ETag: eTagOf(this.get(command.input)),
        Metadata: this.metadata.get(uri),
        ChecksumSHA256: ChecksumMode === 'ENABLED' ? this.checksums.get(uri) : undefined,
      };
    }
    if (command instanceof DeleteObjectsCommand) {
      if (this.undeletable) throw this.undeletable;
      const { Bucket, Delete } = command.input;
      for (const { Key } of Delete!.Objects!) this.objects.delete(`s3://${Bucket}/${Key}`);
      return {};
    }
    if (command instanceof GetObjectCommand) {
      const content = this.get(command.input);
      const body = Readable.from([content]);
      const Body = Object.assign(body, { transformToString: async () => content.toString() });
      return { Body, ETag: eTagOf(content) };
    }
    if (command instanceof CopyObjectCommand) {
      const { Bucket, Key, CopySource, SSEKMSKeyId } = command.input;
      this.keys.set(`s3://${Bucket}/${Key}`, SSEKMSKeyId);
      const from = this.objects.get(`s3://${decodeURIComponent(CopySource!)}`);
      if (!from) throw awsError('NoSuchKey', 'The specified key does not exist.', 404);
      this.objects.set(`s3://${Bucket}/${Key}`, from);
      return {};
    }
    throw new Error(`the fake S3 does not know ${command.constructor.name}`);
  }) as unknown as S3Client['send'];

  private get({ Bucket, Key }: { Bucket?: string; Key?: string }): Buffer {
    const found = this.objects.get(`s3://${Bucket}/${Key}`);
    if (!found) throw awsError('NoSuchKey', 'The specified key does not exist.', 404);
    return found;
  }
}

const eTagOf = (content: Buffer): string => `"${createHash('md5').update(content).digest('hex')}"`;

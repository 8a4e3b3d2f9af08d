/**
 * What attune and the local SageMaker ask of the S3 server, asked of the one that set-up provided.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type ChecksumAlgorithm,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startS3Process, type S3Process } from '../support/s3Process.js';

const MIB = 1024 * 1024;
const Bucket = 'test-bucket';
const folder = mkdtempSync(join(tmpdir(), 'attune-s3-server-'));
let server: S3Process;
const s3 = () => server.s3;

beforeAll(async () => {
  server = await startS3Process(folder);
  await s3().send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

const put = (Key: string, Body: string | Uint8Array = Key) => s3().send(new PutObjectCommand({ Bucket, Key, Body }));
const read = async (Key: string): Promise<string> =>
  (await s3().send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
const nameOf = (error: unknown): string => (error as Error).name;
const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
const refusal = (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => expect.fail('it was not refused'),
    (error: unknown) => error,
  );

test('an object comes back as it was put, with its metadata', async () => {
  const Metadata = { digest: 'sha256-0', run: 'support-search' };
  const { ETag } = await s3().send(new PutObjectCommand({ Bucket, Key: 'plain/ä b+c.txt', Body: 'text', Metadata }));

  const head = await s3().send(new HeadObjectCommand({ Bucket, Key: 'plain/ä b+c.txt' }));
  expect(head).toMatchObject({ ContentLength: 4, ETag, Metadata });
  expect(await read('plain/ä b+c.txt')).toBe('text');
});

test('what is not there is told as S3 tells it', async () => {
  const Key = 'nothing';
  expect(nameOf(await refusal(s3().send(new HeadObjectCommand({ Bucket, Key }))))).toBe('NotFound');
  expect(nameOf(await refusal(s3().send(new GetObjectCommand({ Bucket, Key }))))).toBe('NoSuchKey');
  expect(nameOf(await refusal(s3().send(new HeadBucketCommand({ Bucket: 'no-such-bucket' }))))).toBe('NotFound');
  expect(nameOf(await refusal(s3().send(new ListObjectsV2Command({ Bucket: 'no-such-bucket' }))))).toBe('NoSuchBucket');
  await s3().send(new DeleteObjectCommand({ Bucket, Key }));
});

test('of many that write over the same object one does, and the first write is made once', async () => {
  const Key = 'pointer.json';
  const refused = async (condition: object, Body = 'x') =>
    nameOf(await refusal(s3().send(new PutObjectCommand({ Bucket, Key, Body, ...condition }))));
  expect(await refused({ IfMatch: '"0"' })).toBe('NoSuchKey');
  const { ETag } = await s3().send(new PutObjectCommand({ Bucket, Key, Body: 'first', IfNoneMatch: '*' }));
  expect(await refused({ IfNoneMatch: '*' })).toBe('PreconditionFailed');

  const writers = Array.from({ length: 8 }, (_, i) =>
    s3().send(new PutObjectCommand({ Bucket, Key, Body: `writer ${i}`, IfMatch: ETag })),
  );
  const came = await Promise.allSettled(writers);

  const wrote = came.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
  expect(wrote).toHaveLength(1);
  expect(await read(Key)).toBe(`writer ${wrote[0]}`);
  for (const one of came) if (one.status === 'rejected') expect(nameOf(one.reason)).toBe('PreconditionFailed');
  expect(await refused({ IfMatch: ETag })).toBe('PreconditionFailed');
});

test('keys where one is the beginning of the other live side by side', async () => {
  await put('nested/a');
  await put('nested/a.tar');
  await put('nested/a-b/c');
  expect(await read('nested/a')).toBe('nested/a');
  expect(await read('nested/a-b/c')).toBe('nested/a-b/c');
});

test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA256'] as ChecksumAlgorithm[])(
  'a %s checksum is kept, and a wrong one refused',
  async (ChecksumAlgorithm) => {
    const Key = `checksums/${ChecksumAlgorithm}`;
    await s3().send(new PutObjectCommand({ Bucket, Key, Body: 'checked', ChecksumAlgorithm }));

    const found = await s3().send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(found[`Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32']).toEqual(expect.any(String));
    expect(await found.Body!.transformToString()).toBe('checked');
    const wrong = { [`Checksum${ChecksumAlgorithm}`]: found[`Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32'] };
    const error = await refusal(
      s3().send(new PutObjectCommand({ Bucket, Key: 'checksums/wrong', Body: 'others', ...wrong })),
    );
    expect(statusOf(error)).toBe(400);
  },
);

test('a stream of unknown length goes up with its checksum behind it', async () => {
  const bytes = Buffer.alloc(11 * MIB + 17, 'stream');
  const Body = Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]);
  await new Upload({ client: s3(), params: { Bucket, Key: 'streamed', Body } }).done();

  const { Body: found } = await s3().send(new GetObjectCommand({ Bucket, Key: 'streamed' }));
  expect(digest(await found!.transformToByteArray())).toBe(digest(bytes));
});

test('an object of 300 MiB comes back whole, and in ranges', async () => {
  const block = Buffer.alloc(MIB);
  for (let at = 0; at < MIB; at += 4) block.writeUInt32LE(at, at);
  const sent = createHash('sha256');
  const blocks = function* () {
    for (let i = 0; i < 300; i += 1) {
      block.writeUInt32LE(i, 0);
      sent.update(block);
      yield Buffer.from(block);
    }
  };
  await new Upload({
    client: s3(),
    partSize: 16 * MIB,
    params: { Bucket, Key: 'big', Body: Readable.from(blocks()) },
  }).done();

  const { Body, ContentLength } = await s3().send(new GetObjectCommand({ Bucket, Key: 'big' }));
  expect(ContentLength).toBe(300 * MIB);
  const found = createHash('sha256');
  for await (const chunk of Body as Readable) found.update(chunk as Buffer);
  expect(found.digest('hex')).toBe(sent.digest('hex'));

  const Range = `bytes=${200 * MIB}-${200 * MIB + 3}`;
  const part = await s3().send(new GetObjectCommand({ Bucket, Key: 'big', Range }));
  expect(Buffer.from(await part.Body!.transformToByteArray()).readUInt32LE()).toBe(200);
  expect(part.ContentRange).toBe(`bytes ${200 * MIB}-${200 * MIB + 3}/${300 * MIB}`);
});

test('an upload in parts goes on from the parts that are there', async () => {
  const target = { Bucket, Key: 'parts/resumed' };
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }));
  const bodies = [Buffer.alloc(5 * MIB, 1), Buffer.alloc(5 * MIB, 2), Buffer.alloc(9, 3)];
  for (const [i, Body] of bodies.entries())
    await s3().send(new UploadPartCommand({ ...target, UploadId, PartNumber: i + 1, Body }));

  const { Uploads } = await s3().send(new ListMultipartUploadsCommand({ Bucket, Prefix: target.Key }));
  expect(Uploads).toMatchObject([{ Key: target.Key, UploadId, Initiated: expect.any(Date) }]);
  const first = await s3().send(new ListPartsCommand({ ...target, UploadId, MaxParts: 2 }));
  expect(first.IsTruncated).toBe(true);
  const rest = await s3().send(
    new ListPartsCommand({ ...target, UploadId, PartNumberMarker: first.NextPartNumberMarker }),
  );
  const Parts = [...first.Parts!, ...rest.Parts!];
  expect(Parts.map(({ Size }) => Size)).toEqual(bodies.map(({ length }) => length));
  expect(Parts.every(({ ChecksumCRC32 }) => ChecksumCRC32 !== undefined)).toBe(true);

  const named = Parts.map(({ PartNumber, ETag, ChecksumCRC32 }) => ({ PartNumber, ETag, ChecksumCRC32 }));
  await s3().send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: named } }));
  const { Body } = await s3().send(new GetObjectCommand(target));
  expect(digest(await Body!.transformToByteArray())).toBe(digest(Buffer.concat(bodies)));
});

test('an abandoned upload leaves nothing', async () => {
  const target = { Bucket, Key: 'parts/abandoned' };
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand(target));
  await s3().send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
  await s3().send(new AbortMultipartUploadCommand({ ...target, UploadId }));

  const { Uploads = [] } = await s3().send(new ListMultipartUploadsCommand({ Bucket, Prefix: target.Key }));
  expect(Uploads).toEqual([]);
  expect(nameOf(await refusal(s3().send(new HeadObjectCommand(target))))).toBe('NotFound');
});

test('IfNoneMatch: the first writer of a key wins, by one call and by parts', async () => {
  const once = { Bucket, Key: 'once', IfNoneMatch: '*' };
  const tries = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((Body) => s3().send(new PutObjectCommand({ ...once, Body }))),
  );
  const lost = tries.filter((end) => end.status === 'rejected').map(({ reason }) => statusOf(reason));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(lost.every((status) => status === 412 || status === 409)).toBe(true);

  const target = { Bucket, Key: 'once' };
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand(target));
  const { ETag } = await s3().send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'parts' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const complete = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload, IfNoneMatch: '*' });
  expect(statusOf(await refusal(s3().send(complete)))).toBe(412);
});

test('conditional reads', async () => {
  const { ETag } = await put('conditional', 'one');
  const get = (condition: object) => s3().send(new GetObjectCommand({ Bucket, Key: 'conditional', ...condition }));
  expect(statusOf(await refusal(get({ IfNoneMatch: ETag })))).toBe(304);
  expect(statusOf(await refusal(get({ IfMatch: '"0"' })))).toBe(412);
  expect(await (await get({ IfMatch: ETag })).Body!.transformToString()).toBe('one');
});

test('lists: in the order of keys, by pages, by prefix, by folder', async () => {
  const keys = ['list/a', 'list/a-b/1', 'list/a/1', 'list/b/1', 'list/b/2', 'list/c'].filter((key) => key !== 'list/a');
  for (const key of keys) await put(key);

  const found: string[] = [];
  let next: string | undefined;
  do {
    const page = await s3().send(
      new ListObjectsV2Command({ Bucket, Prefix: 'list/', MaxKeys: 2, ContinuationToken: next }),
    );
    expect(page.KeyCount).toBeLessThanOrEqual(2);
    found.push(...page.Contents!.map(({ Key }) => Key!));
    next = page.NextContinuationToken;
  } while (next);
  expect(found).toEqual(keys.toSorted());

  const { Contents, CommonPrefixes } = await s3().send(
    new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' }),
  );
  expect(CommonPrefixes!.map(({ Prefix }) => Prefix)).toEqual(['list/a-b/', 'list/a/', 'list/b/']);
  expect(Contents!.map(({ Key }) => Key)).toEqual(['list/c']);
  // A prefix is the beginning of a name, not a folder.
  const { KeyCount } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix: 'list/a' }));
  expect(KeyCount).toBe(2);
});

test('copies keep content and metadata; deletes go by one and by many', async () => {
  await s3().send(new PutObjectCommand({ Bucket, Key: 'copy/from', Body: 'copied', Metadata: { by: 'me' } }));
  await s3().send(new CopyObjectCommand({ Bucket, Key: 'copy/to', CopySource: `${Bucket}/copy/from` }));
  expect(await read('copy/to')).toBe('copied');
  expect(await s3().send(new HeadObjectCommand({ Bucket, Key: 'copy/to' }))).toMatchObject({ Metadata: { by: 'me' } });

  const Objects = [{ Key: 'copy/from' }, { Key: 'copy/to' }, { Key: 'copy/never-there' }];
  const { Errors = [] } = await s3().send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Errors).toEqual([]);
  const { KeyCount } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix: 'copy/' }));
  expect(KeyCount).toBe(0);
});

test('a kill loses no object that was acknowledged, and no upload that was begun', async () => {
  const target = { Bucket, Key: 'killed/parts' };
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand(target));
  const { ETag } = await s3().send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
  const acknowledged: string[] = [];
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; ; i += 1) {
      const key = `killed/${writer}/${i}`;
      await put(key, key.repeat(1 + ((i * 7919) % 3000)));
      acknowledged.push(key);
      if (acknowledged.length === 200) await server.kill();
    }
  });
  await Promise.allSettled(writers);

  server = await startS3Process(folder);
  expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  for (const key of acknowledged) {
    const body = await read(key);
    expect(body).toBe(key.repeat(body.length / key.length));
    expect(body.length / key.length).toBe(1 + ((Number(key.split('/')[2]) * 7919) % 3000));
  }
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3().send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
  expect(await read(target.Key)).toBe('part');
});

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

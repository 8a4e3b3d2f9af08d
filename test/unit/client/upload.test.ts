import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FineTuneSpecInput } from '../../../src/spec/schema.js';
import { bringToS3, type UploadProgress } from '../../../src/client/inputs/inputs.js';
import { checkFor, type SpecCheck } from '../../../src/client/inputs/check.js';
import { startS3, type S3Server } from './s3Server.js';

const MB = 1024 * 1024;
const PART = 5 * MB;

let server: S3Server;
let folder: string;
beforeAll(async () => {
  server = await startS3();
});
afterAll(() => server.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-upload-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const settings = () => ({ bucket: server.bucket, prefix: 'attune' });

async function specOver(data: object, rest: object = {}): Promise<Extract<SpecCheck, { ok: true }>> {
  const checked = await checkFor({}, { apiVersion: 'attune/v1', name: 'a', data, ...rest }, { cwd: folder });
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked;
}

/** The same client, telling what is sent over it. */
function watched(s3: S3Client): { s3: S3Client; sent: string[] } {
  const sent: string[] = [];
  const send = (command: { constructor: { name: string } }, ...rest: unknown[]) => {
    sent.push(command.constructor.name);
    return (s3.send as (...args: unknown[]) => unknown)(command, ...rest);
  };
  return { s3: { send } as unknown as S3Client, sent };
}

const read = async (uri: string): Promise<Buffer> => {
  const key = uri.replace(`s3://${server.bucket}/`, '');
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: server.bucket, Key: key }));
  return Buffer.from(await Body!.transformToByteArray());
};

async function keysBelow(uri: string): Promise<{ Prefix: string; found: string[] }> {
  const Prefix = uri.replace(`s3://${server.bucket}/`, '');
  const { Contents = [] } = await server.s3.send(new ListObjectsV2Command({ Bucket: server.bucket, Prefix }));
  return { Prefix, found: Contents.map(({ Key }) => Key!.slice(Prefix.length)) };
}

/** Of a spec with one file of pairs. */
const uriOf = ({ data }: { data: FineTuneSpecInput['data'] }): string => data.pairs as string;

test('a local file is brought to S3 under the name of its content, and the spec names it there', async () => {
  writeFileSync(join(folder, 'pairs.jsonl'), '{"query":"q","document":"d"}\n');

  const input = await bringToS3(() => server.s3, settings(), await specOver({ pairs: './pairs.jsonl' }));

  expect(input.data.pairs).toMatch(/^s3:\/\/test-bucket\/attune\/inputs\/[0-9a-f]{64}\/pairs\.jsonl$/);
  expect((await read(uriOf(input))).toString()).toBe('{"query":"q","document":"d"}\n');
});

test('the files of a guard set are brought too, and the rest of the guard stays as it was written', async () => {
  writeFileSync(join(folder, 'pairs.jsonl'), '{"query":"q","document":"d"}\n');
  writeFileSync(join(folder, 'c.jsonl'), '{"_id":"1","text":"guarded"}\n');
  writeFileSync(join(folder, 'q.jsonl'), '{"_id":"1","text":"asked"}\n');
  mkdirSync(join(folder, 'qrels'));
  writeFileSync(join(folder, 'qrels', 'test.tsv'), '1\t1\t1\n');
  const elsewhere = {
    name: 'b',
    corpus: 's3://bucket/c.jsonl',
    queries: 's3://bucket/q.jsonl',
    qrels: 's3://bucket/q.tsv',
  };
  const local = { name: 'a', corpus: './c.jsonl', queries: './q.jsonl', qrels: 'qrels/test.tsv', tolerance: 0.01 };
  const spec = await specOver({ pairs: './pairs.jsonl' }, { gate: { guards: [elsewhere, local] } });

  const input = await bringToS3(() => server.s3, settings(), spec);

  const [first, second] = input.gate!.guards!;
  expect(first).toEqual(elsewhere);
  expect(second).toMatchObject({ name: 'a', tolerance: 0.01 });
  expect((await read(second!.corpus)).toString()).toContain('guarded');
  expect((await read(second!.queries)).toString()).toContain('asked');
  expect(second!.qrels).toMatch(/test\.tsv$/);
  expect(spec.input.gate!.guards![1]).toEqual(local);
});

test('files arrive under the names that people give them: blanks, signs, quotes, any script, composed or not', async () => {
  const names = [
    'a b.md',
    'u\u0308ber #1.md',
    '50% + 1 & 2.md',
    'it\'s "so".md',
    '日本語.md',
    '👩‍🔬.md',
    '%20.md',
    'a+b=c?.md',
  ];
  mkdirSync(join(folder, 'Größe & Co'), { recursive: true });
  for (const name of names) writeFileSync(join(folder, 'Größe & Co', name), `# ${name}`);

  const { data } = await bringToS3(() => server.s3, settings(), await specOver({ documents: './Größe & Co' }));

  const { Prefix, found } = await keysBelow(data.documents!);
  expect(found.sort()).toEqual([...names].sort());
  for (const name of names) expect((await read(`s3://${server.bucket}/${Prefix}${name}`)).toString()).toBe(`# ${name}`);
});

test.each([
  ['whole', 'small', 'PutObjectCommand'],
  ['in parts', 'x'.repeat(PART + 1), 'CreateMultipartUploadCommand'],
])("what is sent %s is encrypted by the spec's key", async (_, content, command) => {
  writeFileSync(join(folder, 'pairs.jsonl'), `${JSON.stringify({ query: 'key', document: content })}\n`);
  const spec = await specOver({ pairs: './pairs.jsonl' }, { encryption: { outputKmsKeyId: 'alias/attune' } });
  let begun: object = {};
  const send = (sent: { constructor: { name: string }; input: object }): Promise<unknown> => {
    if (sent.constructor.name !== command) return server.s3.send(sent as never);
    begun = sent.input;
    return Promise.reject(new Error('this server has no keys'));
  };

  const s3 = { send } as unknown as S3Client;
  await expect(bringToS3(() => s3, settings(), spec, { partBytes: PART })).rejects.toThrow('this server has no keys');

  expect(begun).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/attune' });
});

test('nothing is uploaded twice', async () => {
  writeFileSync(join(folder, 'pairs.jsonl'), '{"query":"q2","document":"d2"}\n');
  const spec = await specOver({ pairs: './pairs.jsonl' });
  const first = await bringToS3(() => server.s3, settings(), spec);

  const again = watched(server.s3);
  let last: UploadProgress | undefined;
  const second = await bringToS3(() => again.s3, settings(), spec, { onProgress: (progress) => (last = progress) });

  expect(second).toEqual(first);
  expect(again.sent).toEqual(['HeadObjectCommand']);
  expect(last).toMatchObject({ sentBytes: 0, doneBytes: last!.totalBytes });
});

test('a folder keeps its layout, leaves out hidden files, and another content gets another place', async () => {
  mkdirSync(join(folder, 'docs', 'deep'), { recursive: true });
  writeFileSync(join(folder, 'docs', 'a.md'), '# A');
  writeFileSync(join(folder, 'docs', 'deep', 'b.md'), '# B');
  writeFileSync(join(folder, 'docs', '.hidden'), 'no');

  const one = await bringToS3(() => server.s3, settings(), await specOver({ documents: './docs' }));
  writeFileSync(join(folder, 'docs', 'a.md'), '# A, changed');
  const two = await bringToS3(() => server.s3, settings(), await specOver({ documents: './docs' }));

  const { Prefix: prefix, found } = await keysBelow(one.data.documents!);
  expect(found.sort()).toEqual(['a.md', 'deep/b.md']);
  expect(prefix.endsWith('/docs/')).toBe(true);
  expect(two.data.documents).not.toBe(one.data.documents);

  const stranger = `${prefix}z.md`;
  await server.s3.send(new PutObjectCommand({ Bucket: server.bucket, Key: stranger, Body: '# Z' }));
  writeFileSync(join(folder, 'docs', 'a.md'), '# A');
  const again = bringToS3(() => server.s3, settings(), await specOver({ documents: './docs' }));
  await expect(again).rejects.toMatchObject({
    message: expect.stringContaining(`${stranger} was not uploaded`) as string,
  });
});

test.each([
  ['whole', Buffer.from('{"query":"q3","document":"d3"}\n')],
  ['in parts', randomBytes(PART + 99)],
])('what somebody wrote over a file that was sent %s is noticed, though it is as long', async (_, content) => {
  const name = content.length > PART ? 'pairs.parquet' : 'pairs.jsonl';
  writeFileSync(join(folder, name), content);
  const spec = await specOver({ pairs: `./${name}` });
  const { data } = await bringToS3(() => server.s3, settings(), spec, { partBytes: PART });
  const Key = uriOf({ data }).replace(`s3://${server.bucket}/`, '');
  const other = { Bucket: server.bucket, Key, Body: Buffer.alloc(content.length, 'x') };

  await server.s3.send(new PutObjectCommand(other));
  await bringToS3(() => server.s3, settings(), spec, { partBytes: PART });
  expect((await read(uriOf({ data }))).equals(content)).toBe(true);

  if (content.length > PART) return;
  await server.s3.send(new PutObjectCommand({ ...other, ChecksumAlgorithm: 'SHA256' }));
  const again = bringToS3(() => server.s3, settings(), spec);
  await expect(again).rejects.toMatchObject({
    type: 'ContentChanged',
    message: expect.stringContaining('is not what its name says') as string,
  });
});

test('before anything is sent, what will be is told', async () => {
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs', 'a.md'), '# A');
  writeFileSync(join(folder, 'docs', 'id_rsa'), 'key');
  const told: unknown[] = [];

  await bringToS3(() => server.s3, settings(), await specOver({ documents: './docs' }), {
    onChosen: (chosen) => told.push(...chosen),
    onProgress: () => told.push('progress'),
  });

  expect(told[0]).toMatchObject({ kinds: { '.md': 1 }, leftOut: [{ example: 'id_rsa' }] });
});

test('S3 URIs are taken as they are, and then no bucket is needed', async () => {
  const spec = await specOver({ pairs: 's3://elsewhere/pairs.jsonl' });

  const input = await bringToS3(() => server.s3, { prefix: 'attune' }, spec);

  expect(input).toEqual(spec.input);
});

test('an interrupted upload of a big file goes on with the parts that are missing', async () => {
  const content = randomBytes(4 * PART + 123);
  writeFileSync(join(folder, 'pairs.parquet'), content);
  const spec = await specOver({ pairs: './pairs.parquet' });
  const interruption = new AbortController();
  const stopAfterOnePart = ({ doneBytes }: UploadProgress): void => {
    if (doneBytes >= PART) interruption.abort();
  };
  const first = bringToS3(() => server.s3, settings(), spec, {
    partBytes: PART,
    signal: interruption.signal,
    onProgress: stopAfterOnePart,
  });
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });

  const again = watched(server.s3);
  let last: UploadProgress | undefined;
  const input = await bringToS3(() => again.s3, settings(), spec, {
    partBytes: PART,
    onProgress: (progress) => (last = progress),
  });

  const partsSent = again.sent.filter((command) => command === 'UploadPartCommand').length;
  expect(again.sent).not.toContain('CreateMultipartUploadCommand');
  expect(partsSent).toBeGreaterThan(0);
  expect(partsSent).toBeLessThan(5);
  expect(last!.sentBytes).toBeLessThan(content.length);
  expect(last!.doneBytes).toBe(content.length);
  expect((await read(uriOf(input))).equals(content)).toBe(true);
  const { Uploads = [] } = await server.s3.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
  expect(Uploads).toEqual([]);
});

test('a bucket that is not there is named, with what to check', async () => {
  writeFileSync(join(folder, 'pairs.jsonl'), '{"query":"q","document":"d"}\n');
  const spec = await specOver({ pairs: './pairs.jsonl' });

  const upload = bringToS3(() => server.s3, { bucket: 'no-such-bucket', prefix: 'attune' }, spec);

  await expect(upload).rejects.toMatchObject({
    type: 'NotFound',
    mend: expect.stringContaining('ATTUNE_BUCKET') as string,
  });
});

test('local files without ATTUNE_BUCKET are refused with the way to a local stack', async () => {
  writeFileSync(join(folder, 'pairs.jsonl'), '{"query":"q","document":"d"}\n');
  const spec = await specOver({ pairs: './pairs.jsonl' });

  await expect(bringToS3(() => server.s3, { prefix: 'attune' }, spec)).rejects.toMatchObject({
    type: 'NotConfigured',
    mend: expect.stringContaining('attune env') as string,
  });
});

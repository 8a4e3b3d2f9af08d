/**
 * An index in S3 Vectors where something is in its way: what is refused before anything is paid for, what a lost answer, a throttle or a
 * crash leaves.
 */
import { CreateIndexCommand, ListVectorsCommand } from '@aws-sdk/client-s3vectors';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import { checkStore } from '../../src/activities/vectorIndex/store.js';
import { accountFindings } from '../../src/client/account/account.js';
import type { S3VectorsIndex } from '../../src/spec/indexSchema.js';
import { parseSpec } from '../../src/spec/parse.js';
import type { FineTuneSpec } from '../../src/spec/schema.js';
import { openS3Vectors } from '../../src/vectorStore/s3vectors/index.js';
import { placeIn, placeOfPointer, pointerOf } from '../../src/vectorStore/s3vectors/place.js';
import type { NewVersion, VectorStore } from '../../src/vectorStore/store.js';
import { awsError } from '../support/awsError.js';
import { FakeS3 } from '../support/fakeS3.js';
import { inActivity } from '../support/inActivity.js';
import { knownIn } from '../support/knownIn.js';
import { VECTOR_BUCKET, vectorServer, type VectorServer } from '../support/vectorServer.js';

const settings = { bucket: 'test-bucket', prefix: 'attune', roleArn: '', region: 'us-east-1' };
const place = placeIn(settings, VECTOR_BUCKET);
const s3 = new FakeS3();

let server: VectorServer;
let store: VectorStore;
let deps: Deps;
beforeAll(async () => {
  server = await vectorServer();
  store = openS3Vectors({ s3, s3Vectors: server.s3Vectors }, place);
  deps = { s3, s3Vectors: server.s3Vectors, settings } as unknown as Deps;
});
afterAll(() => server.stop());

const versionOf = (name: string, version = 'aaaaaaaaaaaa'): NewVersion => ({
  ...{ name, version, endpoint: `${name}-e`, model: 's3://b/model.tar.gz', madeBy: 'run' },
  ...{ dimensions: 2, element: 'float32' },
});
const documentsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `d${i}`, title: '', text: `t${i}`, hash: `${i}`.padStart(64, '0') }));
const vectorsOf = (count: number) => Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 1 : 0));
const indexOf = (index: string, bucket = VECTOR_BUCKET) => ({ store: 's3vectors', bucket, index }) as S3VectorsIndex;
const checked = (index: S3VectorsIndex, of = deps): Promise<unknown> =>
  inActivity(() => checkStore(of, index), {}).then(
    () => 'good',
    (error: unknown) => error,
  );

/** S3 that does the next write of a pointer, and whose answer does not arrive. */
function losingAnswers(): FakeS3 {
  let left = 1;
  return Object.assign(Object.create(FakeS3.prototype) as FakeS3, {
    send: async (command: object) => {
      const answer = await s3.send(command as never);
      if (command.constructor.name === 'PutObjectCommand' && left-- > 0)
        throw awsError('TimeoutError', 'no answer', 500);
      return answer;
    },
  });
}

test('a vector bucket that is not there refuses the run, and it is said how one is made', async () => {
  const refused = (await checked(indexOf('docs', 'nowhere'))) as Error;

  expect(refused).toMatchObject({ type: 'NotFound', nonRetryable: true });
  expect(refused.message).toContain('aws s3vectors create-vector-bucket --vector-bucket-name nowhere');
  expect(await checked(indexOf('docs'))).toBe('good');
});

test('doctor says whether the vector bucket of a spec is there', async () => {
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
  const found = async (bucket: string) => {
    const given = {
      ...{ apiVersion: 'attune/v1', name: 'x', data: { pairs: 's3://corpus/pairs.jsonl' } },
      index: { store: 's3vectors', bucket, index: 'docs' },
    };
    const { spec } = parseSpec(given) as { spec: FineTuneSpec };
    const findings = await accountFindings({ region: 'us-east-1', onAws: false }, { spec, given: true });
    return findings.filter(({ check }) => check === 'index');
  };

  expect(await found(VECTOR_BUCKET)).toEqual([
    { check: 'index', ok: true, found: 'vector bucket test-vectors in us-east-1' },
  ]);
  expect(await found('nowhere')).toMatchObject([
    { ok: false, mend: 'make it: aws s3vectors create-vector-bucket --vector-bucket-name nowhere' },
  ]);
  vi.unstubAllEnvs();
});

test('a right that is missing is named, and waited for only as long as one is slow to arrive', async () => {
  const words = 'User: u is not authorized to perform: s3vectors:GetVectorBucket on resource: r';
  const denied = awsError('AccessDeniedException', words, 403);
  const out = { ...deps, propagationMs: 0, s3Vectors: { send: () => Promise.reject(denied) } } as unknown as Deps;

  const refused = (await checked(indexOf('docs'), out)) as Error;

  expect(refused).toMatchObject({ type: 'AccessDenied', nonRetryable: true });
  expect(refused.message).toContain('The missing action is s3vectors:GetVectorBucket');
  expect(await checked(indexOf('docs'), { ...out, propagationMs: 60_000 })).toMatchObject({ nonRetryable: false });
});

test('a vector index of somebody else under the name of a version is refused and left alone', async () => {
  await server.s3Vectors.send(
    new CreateIndexCommand({
      ...{ vectorBucketName: VECTOR_BUCKET, indexName: 'theirs-0123456789ab' },
      ...{ dataType: 'float32', dimension: 2, distanceMetric: 'cosine' },
    }),
  );

  expect(await checked(indexOf('theirs'))).toMatchObject({ type: 'NameTaken' });
  await store.begin(versionOf('ours'));
  expect(await checked(indexOf('ours'))).toBe('good');
});

test('a document that S3 Vectors would not keep is refused by its id, with what to do, and never by what it says', async () => {
  const version = versionOf('long');
  await store.begin(version);
  const [document] = documentsOf(1);

  const refused = await store
    .load(version, [{ ...document!, text: 'secret '.repeat(6_000) }], vectorsOf(1))
    .catch((error: unknown) => error as Error);

  expect(refused).toMatchObject({ type: 'RequestRefused', mend: expect.stringContaining('pgvector') });
  expect((refused as Error).message).toMatch(/"d0" has 42\d{3} bytes of title and text/);
  expect((refused as Error).message).not.toContain('secret');
});

test('an answer that is lost, and a crash in the middle of a load, leave each document once', async () => {
  const version = versionOf('lost');
  await store.begin(version);
  await server.withFaults(
    { fault: 'replyLost', operation: 'PutVectors' },
    { fault: 'error', operation: 'PutVectors', code: 'TooManyRequestsException', status: 429 },
  );
  await store.load(version, documentsOf(1_200), vectorsOf(1_200));
  expect((await store.inventory(version)).documents).toBe(1_200);

  await server.withFaults({ fault: 'crash', operation: 'PutVectors', when: 'after' });
  const struck = store.load(version, documentsOf(1_800), vectorsOf(1_800)).catch((error: unknown) => error);
  await server.ended();
  await server.start();
  await struck;
  await store.load(version, documentsOf(1_800), vectorsOf(1_800));

  expect((await store.inventory(version)).documents).toBe(1_800);
  expect(new Set((await knownIn(store, version)).map(({ id }) => id)).size).toBe(1_800);
});

test('throttling that lasts is waited for, as elsewhere', async () => {
  const throttled = awsError('TooManyRequestsException', 'Too many requests', 429);
  const out = { ...deps, s3Vectors: { send: () => Promise.reject(throttled) } } as unknown as Deps;

  expect(await checked(indexOf('docs'), out)).toMatchObject({ type: 'Throttled', nonRetryable: false });
});

test('a switch and a way back whose answers are lost are done once', async () => {
  const [a, b] = [versionOf('answers', 'aaaaaaaaaaaa'), versionOf('answers', 'bbbbbbbbbbbb')];
  for (const version of [a, b]) {
    await store.begin(version);
    await store.ready(version);
  }
  const unlucky = () => openS3Vectors({ s3: losingAnswers(), s3Vectors: server.s3Vectors }, place);
  const pair = { name: 'answers', keepSeconds: 60 };

  await expect(unlucky().switchTo({ ...pair, version: a.version, from: null })).rejects.toThrow('no answer');
  expect(await store.switchTo({ ...pair, version: a.version, from: null })).toBe('switched');
  await store.switchTo({ ...pair, version: b.version, from: a.version });
  await expect(unlucky().rollBack('answers', 60, a.version)).rejects.toThrow('no answer');
  expect((await store.rollBack('answers', 60, a.version)).version.version).toBe(a.version);
});

test('a version that was given up half way is taken up where it was, and made anew', async () => {
  const version = versionOf('half');
  await store.begin(version);
  await store.load(version, documentsOf(3), vectorsOf(3));
  await server.withFaults({
    fault: 'error',
    operation: 'DeleteIndex',
    code: 'InternalServerException',
    status: 500,
    times: 9,
  });
  await expect(store.drop(version)).rejects.toThrow();

  await expect(
    store.switchTo({ name: 'half', version: version.version, from: null, keepSeconds: 60 }),
  ).rejects.toMatchObject({
    type: 'NotAvailable',
  });
  await server.forgetFaults();
  await store.begin(version);

  expect((await store.inventory(version)).documents).toBe(0);
  const listed = { vectorBucketName: VECTOR_BUCKET, indexName: 'half-aaaaaaaaaaaa' };
  expect((await server.s3Vectors.send(new ListVectorsCommand(listed))).vectors).toEqual([]);
});

test('what names the version in service is found by its URI, and another URI is refused', () => {
  const uri = pointerOf(place, 'docs');

  expect(uri).toBe('s3://test-bucket/attune/_indexes/test-vectors/docs.json');
  expect(placeOfPointer(uri)).toEqual({ place, name: 'docs' });
  expect(() => placeOfPointer('s3://test-bucket/other.json')).toThrow(/URI of no pointer/);
});

test('activities of a run reach the index by the settings of their worker', async () => {
  const version = versionOf('due');
  await store.begin(version);
  const run = { spec: { index: indexOf('due') } };

  expect(await inActivity(createIoActivities(deps).dueVersions, { run } as never)).toEqual({
    due: [],
    next: undefined,
  });
});

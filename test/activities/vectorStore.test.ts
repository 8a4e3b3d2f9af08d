/**
 * Both vector stores, by one suite: PostgreSQL with pgvector, the real one, and S3 Vectors, by the local stand-in. Versions beside each
 * other, and one pointer.
 */
import pg from 'pg';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGone, type StoreError } from '../../src/vectorStore/errors.js';
import { openPgvector } from '../../src/vectorStore/pgvector/index.js';
import { openS3Vectors } from '../../src/vectorStore/s3vectors/index.js';
import { placeIn } from '../../src/vectorStore/s3vectors/place.js';
import type { IndexedDocument, NewVersion, VectorStore } from '../../src/vectorStore/store.js';
import { Dice } from '../support/dice.js';
import { FakeS3 } from '../support/fakeS3.js';
import { knownIn } from '../support/knownIn.js';
import { vectorDatabase, type VectorDatabase } from '../support/postgres/vectorDatabase.js';
import { VECTOR_BUCKET, vectorServer, type VectorServer } from '../support/vectorServer.js';

let database: VectorDatabase;
let server: VectorServer;
const s3 = new FakeS3();
const stores = {} as Record<'pgvector' | 'S3 Vectors', VectorStore>;
beforeAll(async () => {
  [database, server] = await Promise.all([vectorDatabase(), vectorServer()]);
  stores.pgvector = openPgvector(database.url, 4);
  const place = placeIn({ bucket: 'test-bucket', prefix: 'attune' }, VECTOR_BUCKET);
  stores['S3 Vectors'] = openS3Vectors({ s3, s3Vectors: server.s3Vectors }, place);
});
afterAll(async () => {
  await Promise.all(Object.values(stores).map((store) => store.close()));
  await Promise.all([database.stop(), server.stop()]);
});

const DIMENSIONS = 8;
const versionOf = (name: string, version: string, changes: Partial<NewVersion> = {}): NewVersion => ({
  ...{ name, version, endpoint: `${name}-${version}`, model: `s3://b/${version}/model.tar.gz`, madeBy: 'run' },
  ...{ dimensions: DIMENSIONS, element: 'float32', hnsw: { m: 16, efConstruction: 64, efSearch: 100 } },
  ...changes,
});

const documentsOf = (count: number): IndexedDocument[] =>
  Array.from({ length: count }, (_, i) => {
    const [id, text] = [`d${i}`, `Text of ${i}`];
    return { id, title: '', text, hash: createHash('sha256').update(`${id}\n${text}`).digest('hex') };
  });

function vectorsOf(count: number, seed = 1): Float32Array {
  const dice = new Dice(seed);
  const vectors = Float32Array.from({ length: count * DIMENSIONS }, () => dice.next() - 0.5);
  for (let row = 0; row < count; row += 1) {
    const one = vectors.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
    const length = Math.hypot(...one);
    one.forEach((value, i) => (one[i] = value / length));
  }
  return vectors;
}

async function whole(store: VectorStore, version: NewVersion, count = 20): Promise<void> {
  await store.begin(version);
  await store.load(version, documentsOf(count), vectorsOf(count));
  await store.build(version);
  await store.ready(version);
}

const refusal = (doing: Promise<unknown>): Promise<StoreError> =>
  doing.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: unknown) => error as StoreError,
  );

const idsOf = async (store: VectorStore, version: NewVersion): Promise<string[]> =>
  (await knownIn(store, version)).map(({ id }) => id);

/** One document more, and one less. */
const change = (added: string, deleted: string) => ({
  documents: [{ ...documentsOf(1)[0]!, id: added }],
  vectors: vectorsOf(1),
  deleted: [deleted],
});

describe.each(['pgvector', 'S3 Vectors'] as const)('%s', (of) => {
  let store: VectorStore;
  beforeAll(() => {
    store = stores[of];
  });

  test('a shard that is loaded twice leaves each document once, and a changed one as it came last', async () => {
    const version = versionOf('twice', 'a');
    const documents = documentsOf(1_200);
    await store.begin(version);
    await store.begin(version);
    await store.load(version, documents, vectorsOf(1_200));
    const once = await store.inventory(version);
    await store.load(version, documents, vectorsOf(1_200));

    expect(await store.inventory(version)).toEqual(once);
    expect(once.documents).toBe(1_200);
    const digest = documents.reduce((sum, { hash }) => sum ^ BigInt(`0x${hash.slice(0, 16)}`), 0n);
    expect(once.digest).toBe(digest.toString(16).padStart(16, '0'));

    await store.load(version, [{ ...documents[0]!, text: 'another' }], vectorsOf(1));
    expect((await store.inventory(version)).documents).toBe(1_200);
  });

  test('the pointer names endpoint and version together, moves only from what was compared, and back in one step', async () => {
    const [a, b] = [versionOf('pair', 'a'), versionOf('pair', 'b')];
    await whole(store, a);
    await whole(store, b);
    expect(await store.pointer('pair')).toBeUndefined();

    expect(await store.switchTo({ name: 'pair', version: 'a', from: null, keepSeconds: 60 })).toBe('switched');
    expect(await store.switchTo({ name: 'pair', version: 'a', from: null, keepSeconds: 60 })).toBe('switched'); // its answer was lost
    expect(await store.switchTo({ name: 'pair', version: 'b', from: null, keepSeconds: 60 })).toBe('otherServes');
    expect((await store.pointer('pair'))!.version).toMatchObject({ version: 'a', endpoint: 'pair-a' });

    expect(await store.switchTo({ name: 'pair', version: 'b', from: 'a', keepSeconds: 60 })).toBe('switched');
    expect(await store.pointer('pair')).toMatchObject({ version: { version: 'b', endpoint: 'pair-b' }, previous: 'a' });
    const kept = (await store.versions('pair')).find(({ version }) => version === 'a')!;
    expect(Date.parse(kept.retireAt!)).toBeGreaterThan(Date.now());

    expect(await store.rollBack('pair', 60)).toMatchObject({
      version: { version: 'a', endpoint: 'pair-a' },
      previous: 'b',
    });
    expect((await store.pointer('pair'))!.version.retireAt).toBeUndefined();
  });

  test('of two that switch at once one comes through, and the other is told', async () => {
    const versions = ['a', 'b', 'c'].map((version) => versionOf('race', version));
    for (const version of versions) await whole(store, version);
    await store.switchTo({ name: 'race', version: 'a', from: null, keepSeconds: 60 });

    const came = await Promise.all(
      ['b', 'c'].map((version) => store.switchTo({ name: 'race', version, from: 'a', keepSeconds: 60 })),
    );

    expect([...came].sort()).toEqual(['otherServes', 'switched']);
    const serving = (await store.pointer('race'))!.version.version;
    expect(serving).toBe(came[0] === 'switched' ? 'b' : 'c');
    expect(await store.drop(versionOf('race', serving === 'b' ? 'c' : 'b'))).toBe(true);
  });

  test('a version that serves is never removed; one that does not is, with its table', async () => {
    const [a, b] = [versionOf('gone', 'a'), versionOf('gone', 'b')];
    await whole(store, a);
    await whole(store, b);
    await store.switchTo({ name: 'gone', version: 'a', from: null, keepSeconds: 60 });
    await store.switchTo({ name: 'gone', version: 'b', from: 'a', keepSeconds: 60 });

    expect(await store.drop(b)).toBe(false);
    expect(await store.drop(a)).toBe(true);
    expect(await store.drop(a)).toBe(true); // repeated
    expect((await store.versions('gone')).map(({ version }) => version)).toEqual(['b']);
    expect(isGone(await refusal(store.search(a, Array<number>(DIMENSIONS).fill(0.1), 5)))).toBe(true);
    const back = await refusal(store.rollBack('gone', 60));
    expect(back).toMatchObject({ type: 'NotAvailable' });
  });

  test('a version that was not found whole cannot be switched to', async () => {
    const version = versionOf('half', 'a');
    await store.begin(version);
    const refused = await refusal(store.switchTo({ name: 'half', version: 'a', from: null, keepSeconds: 60 }));

    expect(refused).toMatchObject({ type: 'NotAvailable' });
    expect(refused.message).toContain('never checked');
    expect(await store.pointer('half')).toBeUndefined();
  });

  test('a sync changes the version in service alone, and what it changed a switch cannot lose', async () => {
    const [a, b] = [versionOf('synced', 'a'), versionOf('synced', 'b')];
    await whole(store, a);
    await whole(store, b);
    expect(await store.lastSync('synced')).toEqual({ changes: 0 });
    await store.switchTo({ name: 'synced', version: 'a', from: null, keepSeconds: 60 });
    const as = { by: 'one', since: 0, spec: 's3://b/spec.json' };

    expect(await store.sync(b, change('new', 'd0'), as)).toBe(false);
    expect(await store.sync(a, change('new', 'd0'), as)).toBe(true);
    expect(await store.synced(a, as, 'digest')).toBe(true);

    expect(await idsOf(store, b)).toHaveLength(20);
    expect(await idsOf(store, b)).toContain('d0');
    expect(await idsOf(store, a)).toHaveLength(20);
    expect(await idsOf(store, a)).toContain('new');
    expect(await store.lastSync('synced')).toEqual({ changes: 1, version: 'a', spec: as.spec, digest: 'digest' });
    const pair = { name: 'synced', version: 'b', from: 'a', keepSeconds: 60 };
    expect(await store.switchTo({ ...pair, changes: 0 })).toBe('behind');
    expect((await store.pointer('synced'))!.version.version).toBe('a');
    await store.change(b, change('new', 'd0'));
    expect(await store.switchTo({ ...pair, changes: 1 })).toBe('switched');
    expect(await store.sync(a, change('late', 'd1'), { ...as, since: 1 })).toBe(false);
  });

  test('of two syncs that began at once one counts, and its own repeated step is none of another', async () => {
    const version = versionOf('raced', 'a');
    await whole(store, version);
    await store.switchTo({ name: 'raced', version: 'a', from: null, keepSeconds: 60 });
    const one = { by: 'one', since: 0, spec: 's3://b/one.json' };
    const other = { by: 'other', since: 0, spec: 's3://b/other.json' };

    expect(await store.sync(version, change('new', 'd0'), one)).toBe(true);
    expect(await store.sync(version, change('other', 'd1'), other)).toBe(false);
    expect(await store.sync(version, change('new', 'd0'), one)).toBe(true); // its answer was lost

    expect(await idsOf(store, version)).toEqual(expect.arrayContaining(['new', 'd1']));
    expect(await idsOf(store, version)).toHaveLength(20);
  });

  test('ids and hashes come page by page, each once', async () => {
    const version = versionOf('paged', 'a');
    await whole(store, version, 25);
    const pages: string[][] = [];
    for await (const page of store.known(version, 10)) pages.push(page.map(({ id }) => id));
    const ids = pages.flat();

    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(new Set(ids).size).toBe(25);
    expect(ids).toHaveLength(25);
  });
});

test.for(['float32', 'float16'] as const)(
  'the graph finds in %s what a look at every vector finds',
  async (element) => {
    const version = versionOf(`graph_${element}`, 'a', { element });
    await whole(stores.pgvector, version, 2_000);
    const questions = vectorsOf(20, 2);

    let found = 0;
    for (let i = 0; i < 20; i += 1) {
      const question = [...questions.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS)];
      const [exact] = await stores.pgvector.exact(version, [question], 10);
      const hits = await stores.pgvector.search(version, question, 10, true);
      expect(hits.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(hits[0]!.score).toBeGreaterThan(hits[9]!.score);
      found += hits.filter(({ id }) => exact!.includes(id)).length;
    }
    expect(found / 200).toBeGreaterThanOrEqual(0.95);
  },
);

test('who reads by SQL alone sees one version, and nothing where it has asked another model', async () => {
  await whole(stores.pgvector, versionOf('by_sql', 'a'));
  await whole(stores.pgvector, versionOf('by_sql', 'b', { element: 'float16' }), 10);
  await stores.pgvector.switchTo({ name: 'by_sql', version: 'a', from: null, keepSeconds: 60 });
  await stores.pgvector.switchTo({ name: 'by_sql', version: 'b', from: 'a', keepSeconds: 60 });
  const client = new pg.Client(database.url);
  await client.connect();
  const rows = async (version: string): Promise<unknown[]> =>
    (await client.query(`select id from by_sql where version = $1`, [version])).rows;

  expect(await rows('b')).toHaveLength(10);
  expect(await rows('a')).toEqual([]);
  await client.end();
});

test('a table of somebody else under the same name is refused and left alone', async () => {
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query('create table theirs (id int)');

  expect(await refusal(stores.pgvector.check('theirs'))).toMatchObject({ type: 'NameTaken' });
  await stores.pgvector.check('free');
  await client.query('select id from theirs');
  await client.end();
});

test('a database that cannot be reached is told in words that do not hold its address', async () => {
  const unreachable = openPgvector('postgres://somebody:secret-word@127.0.0.1:1/db');
  const refused = await refusal(unreachable.pointer('any'));

  expect(refused.type).toBe('Unavailable');
  expect(`${refused.message} ${refused.mend}`).not.toMatch(/secret-word|somebody/);
  expect(() => openPgvector('mysql://secret-word@host/db')).toThrow(/no postgres:\/\/ address/);
  await unreachable.close();
});

/**
 * A database behind a line in trouble: no statement waits for an answer that never comes, and no attempt outlasts its time.
 */
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import { checkStore } from '../../src/activities/vectorIndex/store.js';
import type { Run } from '../../src/run/run.js';
import { openPgvector } from '../../src/vectorStore/pgvector/index.js';
import type { NewVersion, VectorStore } from '../../src/vectorStore/store.js';
import { inActivity } from '../support/inActivity.js';
import { Line } from '../support/line.js';
import { vectorDatabase, type VectorDatabase } from '../support/postgres/vectorDatabase.js';

const LOOK_MS = 200;
const hash = '0'.repeat(64);

let database: VectorDatabase;
let line: Line;
let store: VectorStore;
let holder: pg.Client;
let address: string;
beforeAll(async () => {
  database = await vectorDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  line = await Line.open(database.port, 'postgres');
  address = database.url.replace(`:${database.port}/`, `:${line.port}/`);
  store = openPgvector(address, 1, LOOK_MS);
  holder = new pg.Client(database.url);
  await holder.connect();
});
afterEach(async () => {
  await line.become('open');
  await store.close();
  await holder.end();
  await line.close();
});

const versionOf = (name: string): NewVersion => ({
  ...{ name, version: 'a', endpoint: `${name}-a`, model: 's3://b/model.tar.gz', madeBy: 'run' },
  ...{ dimensions: 2, element: 'float32', hnsw: { m: 16, efConstruction: 64, efSearch: 100 } },
});
const document = { id: 'd', title: '', text: 't', hash };
const vector = Float32Array.of(1, 0);

/** Whoever reads or changes the table waits, until the holder commits. */
async function held(table: string): Promise<void> {
  await holder.query(`begin; lock table ${table} in access exclusive mode`);
}
async function untilWaitedFor(table: string): Promise<void> {
  const waits = 'select 1 from pg_locks where relation = $1::regclass and not granted';
  while ((await holder.query(waits, [table])).rows.length === 0) await sleep(5);
}

test('a statement whose answer was lost is given up as an outage, and done when it is sent again', async () => {
  const version = versionOf('lost');
  await store.begin(version);
  await held('lost_a');
  const loading = store.load(version, [document], vector).catch((error: unknown) => error);
  await untilWaitedFor('lost_a');
  await line.become('half-open');
  await holder.query('commit');

  expect(await loading).toMatchObject({ type: 'Unavailable' });
  await store.load(version, [document], vector);
  expect((await store.inventory(version)).documents).toBe(1);
});

test('so is a question on a connection that was kept and is dead meanwhile', async () => {
  await store.begin(versionOf('idle'));
  await line.become('half-open');

  await expect(store.versions('idle')).rejects.toMatchObject({ type: 'Unavailable' });
  expect(await store.versions('idle')).toHaveLength(1);
});

test('a statement that the server works on is waited for, however long it takes', async () => {
  const version = versionOf('long');
  await store.begin(version);
  await held('long_a');
  const loading = store.load(version, [document], vector);
  await untilWaitedFor('long_a');
  await sleep(10 * LOOK_MS); // as long as it takes
  await holder.query('commit');

  await loading;
  expect((await store.inventory(version)).documents).toBe(1);
});

const runOf = (table: string) =>
  ({
    folder: `s3://bucket/attune/${table}/1/`,
    spec: { index: { store: 'pgvector', url: { variable: 'URL_OF_TEST' }, table } },
  }) as unknown as Run;
const activities = () => createIoActivities({ variables: { URL_OF_TEST: address } } as unknown as Deps);

test('an attempt whose line hangs ends before its time is up, and keeps no slot', async () => {
  await store.begin(versionOf('hung'));
  await held('attune_index_versions');
  const looking = inActivity(activities().dueVersions, { run: runOf('hung') }, { startToCloseTimeoutMs: 1_000 });
  const told = looking.catch((error: unknown) => error);
  await untilWaitedFor('attune_index_versions');
  await line.become('hung');

  expect(await told).toMatchObject({ type: 'Unavailable', nonRetryable: false });
  await holder.query('commit');
});

test('a password that is refused once the run is on its way is waited for; it says what to renew', async () => {
  await line.become('expired');

  const refused = await inActivity(activities().dueVersions, { run: runOf('renewed') }).catch((e: unknown) => e);

  expect(refused).toMatchObject({ type: 'AccessDenied', nonRetryable: false, nextRetryDelay: 5_000 });
  expect((refused as Error).message).toContain('variable URL_OF_TEST');
  expect((refused as Error).message).toContain('goes on by itself');
});

test('before a run begins a refused password is tried again for a minute, and then refuses the run', async () => {
  await line.become('expired');
  const deps = { variables: { URL_OF_TEST: address } } as unknown as Deps;
  const asked = (info: Parameters<typeof inActivity>[2]) =>
    inActivity(() => checkStore(deps, runOf('checked').spec.index!), {}, info).catch((e: unknown) => e);
  const refusedFor = (ms: number) => ({
    attempt: 9,
    heartbeatDetails: { refusal: { sinceMs: Date.now() - ms, lastMs: Date.now(), attempt: 8 } },
  });

  expect(await asked({})).toMatchObject({ type: 'AccessDenied', nonRetryable: false });
  expect(await asked(refusedFor(50_000))).toMatchObject({ type: 'AccessDenied', nonRetryable: false });
  expect(await asked(refusedFor(61_000))).toMatchObject({ type: 'AccessDenied', nonRetryable: true });
});

test('two that come first to a database both make their tables', async () => {
  await holder.query('drop table if exists attune_index_live, attune_index_versions');
  const many = openPgvector(database.url, 8);

  await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      i % 2 === 0 ? many.drop({ name: `first${i}`, version: 'a' }) : many.begin(versionOf(`first${i}`)),
    ),
  );

  expect(await many.versions('first1')).toHaveLength(1);
  await many.close();
});

/**
 * PostgreSQL with pgvector as a vector store. A version is a table of its own; no table that is there is ever altered.
 * @module
 */
import { StoreError } from '../errors.js';
import type { FormedVersion, Hit, Inventory, Known, NewVersion, VectorStore, Version, VersionRef } from '../store.js';
import { openDatabase, telling, type Database, type Queries } from './database.js';
import { graphOf, hnswOf, makeOwnTables, quoted, tableOf, TYPE, VERSIONS } from './names.js';
import { dropVersion, readPointer, rollBack, switchTo, versionIn, type VersionRow } from './pointer.js';
import { knownBehind, put, takeOut } from './rows.js';
import { lastSync, sync, synced } from './syncing.js';

/** The first that knows halfvec. */
const PGVECTOR_AT_LEAST = [0, 7] as const;

/**
 * @param connections  at once, at most: what the store is spared
 * @param lookMs       how often it is looked whether the server works on what is not answered. Default 5,000
 */
export function openPgvector(url: string, connections = 1, lookMs?: number): VectorStore {
  const database = openDatabase(url, connections, lookMs);
  const of = ({ name, version }: VersionRef): string => `index ${name}, version ${version}`;
  return {
    check: (name) => telling(`looking at the database of index ${name}`, () => check(database, name)),
    pointer: (name) =>
      telling(`reading the pointer of index ${name}`, async () =>
        (await hasOwnTables(database)) ? readPointer(database, name) : undefined,
      ),
    versions: (name) => telling(`listing the versions of index ${name}`, () => versionsOf(database, name)),
    begin: (version) => telling(`beginning ${of(version)}`, () => begin(database, version)),
    load: (version, documents, vectors) =>
      telling(`loading into ${of(version)}`, () =>
        database.transaction((queries) => put(queries, version, documents, vectors)),
      ),
    build: (version) => telling(`building the graph of ${of(version)}`, () => build(database, version)),
    known: async function* (version, most) {
      let page: Known[] = [];
      do {
        const after = page.at(-1)?.id ?? '';
        page = await telling(`listing ${of(version)}`, () => knownBehind(database, version, after, most));
        if (page.length > 0) yield page;
      } while (page.length === most);
    },
    change: (version, { documents, vectors, deleted }) =>
      telling(`changing ${of(version)}`, () =>
        database.transaction(async (queries) => {
          await put(queries, version, documents, vectors);
          await takeOut(queries, version, deleted);
        }),
      ),
    sync: (version, change, as) => telling(`syncing ${of(version)}`, () => sync(database, version, change, as)),
    synced: (version, as, digest) => telling(`syncing ${of(version)}`, () => synced(database, version, as, digest)),
    lastSync: (name) => telling(`reading the last sync of index ${name}`, () => lastSync(database, name)),
    inventory: (version) => telling(`counting ${of(version)}`, () => inventory(database, version)),
    search: (version, vector, k, byGraph) =>
      telling(`searching ${of(version)}`, () =>
        search(database, version, vector, { k, scans: byGraph ? 'graph' : 'any' }),
      ),
    exact: (version, vectors, k) =>
      telling(`looking at every vector of ${of(version)}`, async () => {
        const found: string[][] = [];
        for (const vector of vectors) {
          const hits = await search(database, version, vector, { k, scans: 'every' });
          found.push(hits.map(({ id }) => id));
        }
        return found;
      }),
    ready: (version) => telling(`closing ${of(version)}`, () => ready(database, version)),
    switchTo: (change) => telling(`switching to ${of(change)}`, () => switchTo(database, change)),
    rollBack: (name, keepSeconds, to) =>
      telling(`rolling back index ${name}`, () => rollBack(database, name, keepSeconds, to)),
    drop: (version, whenDue) => telling(`removing ${of(version)}`, () => dropVersion(database, version, whenDue)),
    interrupt: () => database.interrupt(),
    close: () => database.close(),
  };
}

async function hasOwnTables(queries: Queries): Promise<boolean> {
  const { rows } = await queries.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [VERSIONS]);
  return rows[0]!.there;
}

async function check(database: Database, name: string): Promise<void> {
  const { rows: extensions } = await database.query<{ version: string }>(
    `select default_version as version from pg_available_extensions where name = 'vector'`,
  );
  const version = extensions[0]?.version;
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (major < PGVECTOR_AT_LEAST[0] || (major === 0 && minor < PGVECTOR_AT_LEAST[1])) {
    const found = version === undefined ? 'has no pgvector' : `has pgvector ${version}`;
    throw new StoreError(
      'NotConfigured',
      `the database ${found}, and 0.7 or newer is needed`,
      'install it on the server',
    );
  }
  const { rows: taken } = await database.query<{ kind: string }>(
    `select relkind as kind from pg_class where oid = to_regclass($1)`,
    [quoted(name)],
  );
  const ours = (await hasOwnTables(database)) && (await readPointer(database, name)) !== undefined;
  if (taken.length > 0 && !ours) {
    const mend = 'give index.table another name';
    throw new StoreError('NameTaken', `${name} exists already in the database, and is not attune's`, mend);
  }
}

async function versionsOf(database: Database, name: string): Promise<Version[]> {
  if (!(await hasOwnTables(database))) return [];
  const { rows } = await database.query<VersionRow>(`select * from ${VERSIONS} where name = $1 order by made_at`, [
    name,
  ]);
  return rows.map(versionIn);
}

async function versionOf(queries: Queries, { name, version }: VersionRef): Promise<Version> {
  const { rows } = await queries.query<VersionRow>(`select * from ${VERSIONS} where name = $1 and version = $2`, [
    name,
    version,
  ]);
  if (rows[0]) return versionIn(rows[0]);
  throw new StoreError('NotAvailable', `index ${name} has no version ${version}`, '`attune index status` lists them');
}

const begin = (database: Database, of: NewVersion): Promise<void> =>
  database.transaction(async (queries) => {
    await makeOwnTables(queries);
    await queries.query('create extension if not exists vector');
    const { dimensions, element } = of;
    const hnsw = hnswOf(of);
    await queries.query(
      `insert into ${VERSIONS}
         (name, version, endpoint, model, dimensions, element, m, ef_construction, ef_search, state, made_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'building', $10) on conflict (name, version) do nothing`,
      [of.name, of.version, of.endpoint, of.model, dimensions, element]
        .concat([hnsw.m, hnsw.efConstruction, hnsw.efSearch])
        .concat([of.madeBy]),
    );
    const known = await versionOf(queries, of);
    if (known.endpoint !== of.endpoint || known.dimensions !== dimensions || known.element !== element) {
      throw new StoreError('NameTaken', `index ${of.name} has a version ${of.version} of another model or form`);
    }
    await queries.query(
      `create table if not exists ${quoted(tableOf(of))} (
         id text primary key, title text not null, text text not null, hash text not null,
         embedding ${TYPE[element]}(${dimensions}) not null)`,
    );
  });

const build = (database: Database, of: FormedVersion): Promise<void> =>
  database.transaction(async (queries) => {
    const { element } = of;
    const hnsw = hnswOf(of);
    await queries.query(
      `create index if not exists ${quoted(graphOf(of))} on ${quoted(tableOf(of))}
       using hnsw (embedding ${TYPE[element]}_cosine_ops) with (m = ${hnsw.m}, ef_construction = ${hnsw.efConstruction})`,
    );
    await queries.query(`analyze ${quoted(tableOf(of))}`);
  });

async function inventory(database: Database, of: VersionRef): Promise<Inventory> {
  const { rows } = await database.query<{ documents: string; digest: string }>(
    `select count(*) as documents,
            to_hex(coalesce(bit_xor(('x' || left(hash, 16))::bit(64)::bigint), 0)) as digest
     from ${quoted(tableOf(of))}`,
  );
  const { documents, digest } = rows[0]!;
  return { documents: Number(documents), digest: digest.padStart(16, '0') };
}

/** What the planner is kept from, so that a question is answered so. */
const WITHOUT = {
  any: '',
  graph: 'set local enable_seqscan = off;',
  every: 'set local enable_indexscan = off;',
} as const;

const search = (
  database: Database,
  of: FormedVersion,
  vector: readonly number[],
  { k, scans }: { k: number; scans: keyof typeof WITHOUT },
): Promise<Hit[]> =>
  database.transaction(async (queries) => {
    const { element } = of;
    await queries.query(`${WITHOUT[scans]} set local hnsw.ef_search = ${Math.max(hnswOf(of).efSearch, k)}`);
    const { rows } = await queries.query<Omit<Hit, 'rank'>>(
      `select id, title, text, 1 - (embedding <=> $1::${TYPE[element]}) as score
       from ${quoted(tableOf(of))} order by embedding <=> $1::${TYPE[element]} limit $2`,
      [`[${vector.join(',')}]`, k],
    );
    return rows.map((hit, i) => ({ rank: i + 1, ...hit }));
  });

async function ready(database: Database, of: VersionRef): Promise<void> {
  await database.query(`update ${VERSIONS} set state = 'ready' where name = $1 and version = $2`, [
    of.name,
    of.version,
  ]);
}

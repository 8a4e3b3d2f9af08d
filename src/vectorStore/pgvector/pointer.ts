/**
 * The pointer: which version serves. It moves in one transaction, with the view over the version's table.
 * @module
 */
import { StoreError } from '../errors.js';
import type { Pointer, Switch, Switched, Version, VersionRef } from '../store.js';
import type { Database, Queries } from './database.js';
import { LIVE, makeOwnTables, quoted, tableOf, VERSIONS } from './names.js';
import { changesOf } from './syncRow.js';

export interface VersionRow {
  name: string;
  version: string;
  endpoint: string;
  model: string;
  dimensions: number;
  element: Version['element'];
  m: number;
  ef_construction: number;
  ef_search: number;
  state: Version['state'];
  made_by: string;
  retire_at: Date | null;
}

export const versionIn = (row: VersionRow): Version => ({
  name: row.name,
  version: row.version,
  endpoint: row.endpoint,
  model: row.model,
  dimensions: row.dimensions,
  element: row.element,
  hnsw: { m: row.m, efConstruction: row.ef_construction, efSearch: row.ef_search },
  state: row.state,
  madeBy: row.made_by,
  retireAt: row.retire_at?.toISOString(),
});

type LiveRow = VersionRow & { previous: string | null; switched_at: Date };

/** One statement, so that endpoint and version are of the same pair whoever switches meanwhile. */
export async function readPointer(queries: Queries, name: string): Promise<Pointer | undefined> {
  const { rows } = await queries.query<LiveRow>(
    `select v.*, l.previous, l.switched_at from ${LIVE} l join ${VERSIONS} v using (name, version) where l.name = $1`,
    [name],
  );
  const [row] = rows;
  return (
    row && { version: versionIn(row), previous: row.previous ?? undefined, switchedAt: row.switched_at.toISOString() }
  );
}

/** The version that serves, held until the transaction ends: two switches of one index follow each other. */
export async function heldPointer(
  queries: Queries,
  name: string,
): Promise<{ version: string; previous: string | null } | null> {
  await queries.query('select pg_advisory_xact_lock(hashtext($1))', [`${LIVE}/${name}`]);
  const { rows } = await queries.query<{ version: string; previous: string | null }>(
    `select version, previous from ${LIVE} where name = $1`,
    [name],
  );
  return rows[0] ?? null;
}

export const switchTo = (
  database: Database,
  { name, version, from, keepSeconds, changes }: Switch,
): Promise<Switched> =>
  database.transaction(async (queries) => {
    await makeOwnTables(queries);
    const live = await heldPointer(queries, name);
    if (live?.version === version) return 'switched'; // an earlier attempt's answer was lost
    if ((live?.version ?? null) !== from) return 'otherServes';
    if (changes !== undefined && changes !== (await changesOf(queries, name))) return 'behind';
    await point(queries, { name, version }, from, keepSeconds);
    return 'switched';
  });

export const rollBack = (database: Database, name: string, keepSeconds: number, to?: string): Promise<Pointer> =>
  database.transaction(async (queries) => {
    const live = await heldPointer(queries, name);
    if (live === null) throw new StoreError('NotAvailable', `index ${name} has no version in service`);
    const version = to ?? live.previous;
    if (version === null) {
      throw new StoreError(
        'NotAvailable',
        `index ${name}: no version served before ${live.version}`,
        'name one by --to',
      );
    }
    if (version !== live.version) await point(queries, { name, version }, live.version, keepSeconds);
    return (await readPointer(queries, name))!;
  });

async function point(queries: Queries, to: VersionRef, from: string | null, keepSeconds: number): Promise<void> {
  const { name, version } = to;
  const { rows } = await queries.query<VersionRow>(
    `update ${VERSIONS} set retire_at = null where name = $1 and version = $2 returning *`,
    [name, version],
  );
  if (rows[0]?.state !== 'ready') {
    const found = rows[0] ? 'is not whole: it was never checked' : 'is not kept any more';
    throw new StoreError(
      'NotAvailable',
      `index ${name}: version ${version} ${found}`,
      '`attune index status` lists them',
    );
  }
  await queries.query(
    `insert into ${LIVE} (name, version, previous, switched_at) values ($1, $2, $3, clock_timestamp())
     on conflict (name) do update set version = $2, previous = $3, switched_at = clock_timestamp()`,
    [name, version, from],
  );
  if (from !== null) {
    await queries.query(
      `update ${VERSIONS} set retire_at = now() + make_interval(secs => $3) where name = $1 and version = $2`,
      [name, from, keepSeconds],
    );
  }
  // Dropped and made, because a view cannot take on vectors of another size.
  await queries.query(`drop view if exists ${quoted(name)}`);
  await queries.query(
    `create view ${quoted(name)} as
     select id, title, text, embedding, '${version}'::text as version from ${quoted(tableOf(to))}`,
  );
}

/** Its time is not over: a rollback may have given it more since somebody looked. */
async function isKept(queries: Queries, { name, version }: VersionRef): Promise<boolean> {
  const { rows } = await queries.query(
    `select 1 from ${VERSIONS} where name = $1 and version = $2 and (retire_at is null or retire_at > now())`,
    [name, version],
  );
  return rows.length > 0;
}

/** @returns whether it is gone; one that serves stays */
export const dropVersion = (database: Database, of: VersionRef, whenDue = false): Promise<boolean> =>
  database.transaction(async (queries) => {
    await makeOwnTables(queries);
    const live = await heldPointer(queries, of.name);
    if (live?.version === of.version) return false;
    if (whenDue && (await isKept(queries, of))) return false;
    await queries.query(`drop table if exists ${quoted(tableOf(of))}`);
    await queries.query(`delete from ${VERSIONS} where name = $1 and version = $2`, [of.name, of.version]);
    await queries.query(`update ${LIVE} set previous = null where name = $1 and previous = $2`, [of.name, of.version]);
    return true;
  });

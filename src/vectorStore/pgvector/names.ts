/**
 * The names of what attune makes in a database, and what its own tables hold.
 * @module
 */
import type { FormedVersion, HnswParameters, VersionRef } from '../store.js';
import type { Queries } from './database.js';

/** One row a version, of all indexes of the database. */
export const VERSIONS = 'attune_index_versions';
/** One row an index: the pointer. */
export const LIVE = 'attune_index_live';

/** One row an index: what syncs have done to it. */
export const SYNCS = 'attune_index_syncs';

/** In double quotes, as the spec's schema has let the name pass. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Of a column of vectors. */
export const TYPE = { float32: 'vector', float16: 'halfvec' } as const;

/** A version's own table. */
export const tableOf = ({ name, version }: VersionRef): string => `${name}_${version}`;
export const graphOf = (of: VersionRef): string => `${tableOf(of)}_hnsw`;

/** Every version of this store has them. */
export function hnswOf({ name, version, hnsw }: FormedVersion): HnswParameters {
  if (hnsw) return hnsw;
  throw new Error(`index ${name}: version ${version} has no parameters of its graph`);
}

const OWN_TABLES = `
  create table if not exists ${VERSIONS} (
    name text not null,
    version text not null,
    endpoint text not null,
    model text not null,
    dimensions integer not null,
    element text not null,
    m integer not null,
    ef_construction integer not null,
    ef_search integer not null,
    state text not null,
    made_by text not null,
    made_at timestamptz not null default now(),
    retire_at timestamptz,
    primary key (name, version)
  );
  create table if not exists ${LIVE} (
    name text primary key,
    version text not null,
    previous text,
    switched_at timestamptz not null,
    foreign key (name, version) references ${VERSIONS} (name, version)
  );
  create table if not exists ${SYNCS} (
    name text primary key,
    changes bigint not null,
    changed_by text not null,
    version text not null,
    spec text not null,
    digest text
  );`;

/** Where they are not there; never altered. Of two that create the same at once, one would be refused. */
export async function makeOwnTables(queries: Queries): Promise<void> {
  await queries.query('select pg_advisory_xact_lock(hashtext($1))', [VERSIONS]);
  await queries.query(OWN_TABLES);
}

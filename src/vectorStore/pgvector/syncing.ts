/**
 * Changes of the version in service. Each counts, under the same lock as a switch: whoever switches can tell whether a version that
 * was made meanwhile has them too, and two syncs do not undo each other.
 * @module
 */
import type { Change, FormedVersion, Synced, SyncRef, VersionRef } from '../store.js';
import type { Database, Queries } from './database.js';
import { makeOwnTables, SYNCS } from './names.js';
import { heldPointer } from './pointer.js';
import { put, takeOut } from './rows.js';
import { changesOf, hasSyncs, syncRowOf } from './syncRow.js';

export async function lastSync(database: Database, name: string): Promise<Synced> {
  const row = (await hasSyncs(database)) ? await syncRowOf(database, name) : undefined;
  if (row === undefined) return { changes: 0 };
  const { changes, version, spec, digest } = row;
  return { changes: Number(changes), version, spec, digest: digest ?? undefined };
}

export const sync = (database: Database, of: FormedVersion, change: Change, as: SyncRef): Promise<boolean> =>
  database.transaction(async (queries) => {
    if (!(await mayWrite(queries, of, as))) return false;
    await put(queries, of, change.documents, change.vectors);
    await takeOut(queries, of, change.deleted);
    // With the change, the digest of what an earlier sync had read does not tell of this version any more.
    await queries.query(
      `insert into ${SYNCS} (name, changes, changed_by, version, spec) values ($1, 1, $2, $3, $4)
       on conflict (name) do update
         set changes = ${SYNCS}.changes + 1, changed_by = $2, version = $3, spec = $4, digest = null`,
      [of.name, as.by, of.version, as.spec],
    );
    return true;
  });

/** No change by itself: what serves is what was read. */
export const synced = (database: Database, of: VersionRef, as: SyncRef, digest: string | undefined): Promise<boolean> =>
  database.transaction(async (queries) => {
    if (!(await mayWrite(queries, of, as))) return false;
    await queries.query(
      `insert into ${SYNCS} (name, changes, changed_by, version, spec, digest) values ($1, 0, $2, $3, $4, $5)
       on conflict (name) do update set changed_by = $2, version = $3, spec = $4, digest = $5`,
      [of.name, as.by, of.version, as.spec, digest ?? null],
    );
    return true;
  });

/** The sync's own earlier change does not stand in its way: an answer may have been lost. */
async function mayWrite(queries: Queries, of: VersionRef, { by, since }: SyncRef): Promise<boolean> {
  // A database of before there were syncs.
  if (!(await hasSyncs(queries))) await makeOwnTables(queries);
  const live = await heldPointer(queries, of.name);
  if (live?.version !== of.version) return false;
  return (await changesOf(queries, of.name)) === since || (await syncRowOf(queries, of.name))?.changed_by === by;
}

/**
 * What is kept of the syncs of an index.
 * @module
 */
import type { Queries } from './database.js';
import { SYNCS } from './names.js';

export interface SyncRow {
  changes: string;
  changed_by: string;
  version: string;
  spec: string;
  digest: string | null;
}

/** Of a database. */
export async function hasSyncs(queries: Queries): Promise<boolean> {
  const { rows } = await queries.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [SYNCS]);
  return rows[0]!.there;
}

/** Undefined: there was none yet. The table is there. */
export const syncRowOf = async (queries: Queries, name: string): Promise<SyncRow | undefined> =>
  (await queries.query<SyncRow>(`select * from ${SYNCS} where name = $1`, [name])).rows[0];

/** So often have syncs changed the index. */
export const changesOf = async (queries: Queries, name: string): Promise<number> =>
  Number((await syncRowOf(queries, name))?.changes ?? 0);

/**
 * The documents of a version: put in, taken out, listed.
 * @module
 */
import { StoreError } from '../errors.js';
import type { FormedVersion, IndexedDocument, Known, VersionRef } from '../store.js';
import type { Queries } from './database.js';
import { quoted, tableOf, TYPE } from './names.js';

/** Rows of one statement: some megabytes. */
const AT_ONCE = 500;

/** A document that is there already becomes the new one. */
export async function put(
  queries: Queries,
  of: FormedVersion,
  documents: readonly IndexedDocument[],
  vectors: Float32Array,
): Promise<void> {
  const { dimensions, element } = of;
  if (vectors.length !== documents.length * dimensions) {
    const found = `${vectors.length} numbers for ${documents.length} documents of ${dimensions} dimensions`;
    throw new StoreError('RequestRefused', `loading into index ${of.name}: ${found}`);
  }
  for (let from = 0; from < documents.length; from += AT_ONCE) {
    const some = documents.slice(from, from + AT_ONCE);
    const rows = some.map(
      (_, i) => `[${vectors.subarray((from + i) * dimensions, (from + i + 1) * dimensions).join(',')}]`,
    );
    await queries.query(
      `insert into ${quoted(tableOf(of))} (id, title, text, hash, embedding)
       select id, title, text, hash, embedding::${TYPE[element]}
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as d (id, title, text, hash, embedding)
       on conflict (id) do update
         set title = excluded.title, text = excluded.text, hash = excluded.hash, embedding = excluded.embedding`,
      [some.map(({ id }) => id), some.map(({ title }) => title), some.map(({ text }) => text)].concat([
        some.map(({ hash }) => hash),
        rows,
      ]),
    );
  }
}

/** What is not there is not missed. */
export async function takeOut(queries: Queries, of: VersionRef, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE)
    await queries.query(`delete from ${quoted(tableOf(of))} where id = any($1::text[])`, [
      ids.slice(from, from + AT_ONCE),
    ]);
}

/** In the order of ids. @param after  '' begins */
export async function knownBehind(queries: Queries, of: VersionRef, after: string, most: number): Promise<Known[]> {
  const { rows } = await queries.query<Known>(
    `select id, hash from ${quoted(tableOf(of))} where id > $1 order by id limit $2`,
    [after, most],
  );
  return rows;
}

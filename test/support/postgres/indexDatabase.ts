/**
 * What the tests of runs with an index stand on: a PostgreSQL of a file's own, and specs whose index lies in it.
 * @module
 */
import type { FineTuneSpecInput } from '../../../src/spec/schema.js';
import { openPgvector } from '../../../src/vectorStore/pgvector/index.js';
import type { VectorStore } from '../../../src/vectorStore/store.js';
import { vectorDatabase, type VectorDatabase } from './vectorDatabase.js';

const VARIABLE = 'ATTUNE_INDEX_URL';

export interface IndexDatabase {
  database: VectorDatabase;
  store: VectorStore;
  stop(): Promise<void>;
}

/** Started, and named by the variable that the specs of `indexed` refer to. */
export async function indexDatabase(): Promise<IndexDatabase> {
  const database = await vectorDatabase();
  const store = openPgvector(database.url, 2);
  process.env[VARIABLE] = database.url;
  const stop = async (): Promise<void> => {
    await store.close();
    await database.stop();
  };
  return { database, store, stop };
}

/** Of a name as its table's. */
export const indexed = (
  table: string,
  changes: Partial<Extract<FineTuneSpecInput['index'], { store: 'pgvector' }>> = {},
): Partial<FineTuneSpecInput> => ({
  name: table.replaceAll('_', '-'),
  index: { store: 'pgvector', url: { variable: VARIABLE }, table, ...changes },
});

/**
 * A PostgreSQL with pgvector for the tests of one file.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabase, type Database } from './database.js';
import { postgresInstallation } from './programs.js';

export interface VectorDatabase extends Database {
  url: string;
}

export async function vectorDatabase(): Promise<VectorDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-vectors-'));
  const database = await startDatabase(await postgresInstallation(() => undefined), join(folder, 'postgres'));
  return {
    ...database,
    url: `postgres://${database.user}@127.0.0.1:${database.port}/postgres`,
    stop: async () => {
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

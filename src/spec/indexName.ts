/**
 * What an index is called, whichever store keeps it. Workflow code loads it, so it stands apart from the schema.
 * @module
 */
import type { PgvectorIndex, S3VectorsIndex } from './indexSchema.js';

/** What tells an index from all others. */
export type IndexIdentity =
  Pick<PgvectorIndex, 'store' | 'url' | 'table'> | Pick<S3VectorsIndex, 'store' | 'bucket' | 'index'>;

export const indexNameIn = (index: IndexIdentity): string => (index.store === 'pgvector' ? index.table : index.index);

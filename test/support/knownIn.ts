/** All that a version of an index has. */
import type { Known, VectorStore, VersionRef } from '../../src/vectorStore/store.js';

export async function knownIn(store: VectorStore, version: VersionRef): Promise<Known[]> {
  const rows: Known[] = [];
  for await (const page of store.known(version, 1_000)) rows.push(...page);
  return rows;
}

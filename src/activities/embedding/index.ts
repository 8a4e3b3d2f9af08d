/**
 * Batch embedding: settled, asked of an endpoint where no job embeds, counted at its end.
 * @module
 */
import { embeddingCountsSchema, embeddingFilesOf, type EmbeddingCounts } from '../../run/embedding.js';
import type { Run } from '../../run/run.js';
import { fail } from '../../spec/failures.js';
import { alive } from '../alive.js';
import { now } from '../call.js';
import type { Deps } from '../deps.js';
import type { Preflight } from '../preflight.js';
import { readRecord } from '../records.js';
import { embedShards, type EmbedShards } from './asking.js';
import { finish, type Finished, type FinishEmbedding } from './finish.js';
import { settle, type SettledEmbedding } from './settle.js';

/** How soon a cancel is heard. */
const HEARS_MS = 1_000;

/** @param unpaid  of what refuses a request: missing credentials refuse it too */
export const createEmbeddingActivities = ({ unpaid, deps }: { unpaid: Deps; deps: Deps }) => ({
  /**
   * @throws SpecRefused (final) with every problem in message and details
   * @throws QuotaExceeded (final) when a quota is below what the job needs
   */
  settleEmbedding: (input: Preflight): Promise<SettledEmbedding> => alive((task) => settle(unpaid, input, task)),

  /** @throws NotFound (final) where the job has left no counts */
  async countTexts({ run }: { run: Run }): Promise<EmbeddingCounts & { calledAt: string }> {
    const calledAt = now();
    const uri = embeddingFilesOf(run.spec.embed!).counts;
    const counts = await readRecord(deps, uri, embeddingCountsSchema);
    if (counts) return { ...counts, calledAt };
    throw fail('NotFound', `${uri} is not there, or not of the form that is expected`, { mend: 'start again' });
  },

  /** Repeated, it makes no shard again that is whole. */
  embedShards: (ask: EmbedShards): Promise<{ documents: number }> =>
    alive((task) => embedShards(deps, ask, task), HEARS_MS),

  /** Writes the manifest. Repeated, it writes the same again. */
  finishEmbedding: (ask: FinishEmbedding): Promise<Finished> => alive((task) => finish(deps, ask, task), HEARS_MS),
});

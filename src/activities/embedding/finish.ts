/**
 * The end of an embedding: every shard is there, and the texts are those that it began with. The manifest says so.
 * @module
 */
import {
  embeddingFilesOf,
  embeddingManifestSchema,
  shardCountsSchema,
  type EmbeddingCounts,
  type EmbeddingManifest,
  type ShardCounts,
} from '../../run/embedding.js';
import type { Run } from '../../run/run.js';
import type { EmbedSpec } from '../../spec/embedSettings.js';
import { fail } from '../../spec/failures.js';
import type { Task } from '../alive.js';
import type { Deps } from '../deps.js';
import { readRecord, writeRecord } from '../records.js';
import { wholeShards } from '../vectorIndex/done.js';
import { embeddedBy, inputOf } from './settle.js';

export interface FinishEmbedding {
  run: Run;
  counts: EmbeddingCounts;
}

export interface Finished extends Pick<EmbeddingManifest, 'documents' | 'dimensions' | 'truncated' | 'unreadable'> {
  /** S3 URI. */
  manifest: string;
}

/** Small files, read together. */
const AT_ONCE = 16;

/**
 * @throws ContentChanged (final) where the texts or the model are other ones than at the start: shards may be of both
 * @throws NotFound (final) where a shard is missing, or of another form than the job leaves
 */
export async function finish(deps: Deps, { run, counts }: FinishEmbedding, task: Task): Promise<Finished> {
  const spec = run.spec as EmbedSpec;
  const { endpoint, engine } = run.embedding!;
  const files = embeddingFilesOf(spec.embed);
  await requireSameSources(deps, run, spec, task);
  const whole = new Set(await wholeShards(deps, spec.embed.output));
  const missing = Array.from({ length: counts.shards }, (_, shard) => shard).filter((shard) => !whole.has(shard));
  if (missing.length > 0) throw lacking(files.vectors(missing[0]!), missing.length);
  const shards = await shardCounts(deps, counts.shards, files.shardCounts, task);
  const sum = (of: keyof ShardCounts): number => shards.reduce((total, shard) => total + shard[of], 0);
  const documents = sum('documents');
  const dimensions = shards[0]!.dimensions;
  if (documents !== counts.documents || shards.some((shard) => shard.dimensions !== dimensions)) {
    const what = `the shards hold ${documents} vectors, ${counts.documents} were expected, all of ${dimensions} dimensions`;
    throw fail('ContentChanged', `${spec.embed.output}: ${what}`, { mend: AGAIN });
  }
  const [truncated, { unreadable, unreadablePlaces, prompts, maxSeqLength }] = [sum('truncated'), counts];
  const manifest: EmbeddingManifest = {
    version: 1,
    workflowId: run.workflowId,
    input: inputOf(spec),
    kind: spec.embed.kind,
    model: spec.model === undefined ? undefined : { uri: spec.model, engine: engine!, maxSeqLength },
    endpoint,
    dimensions,
    prompts,
    documents,
    shards: counts.shards,
    unreadable,
    unreadablePlaces,
    truncated,
    digest: counts.digest,
  };
  await writeRecord(deps, run, files.manifest, embeddingManifestSchema.parse(manifest));
  return { manifest: files.manifest, documents, dimensions, truncated, unreadable };
}

const AGAIN = 'start again with another output';

async function requireSameSources(deps: Deps, run: Run, spec: EmbedSpec, task: Task): Promise<void> {
  const { digest, endpoint } = run.embedding!;
  const now = await embeddedBy(deps, spec, endpoint, task);
  if (now.digest === digest) return;
  const what = spec.model === undefined ? 'the input' : 'the input, or the model,';
  throw fail('ContentChanged', `${what} has changed while the texts were embedded: some vectors are of before`, {
    mend: AGAIN,
  });
}

async function shardCounts(
  deps: Deps,
  shards: number,
  uriOf: (shard: number) => string,
  task: Task,
): Promise<ShardCounts[]> {
  const found: ShardCounts[] = [];
  for (let first = 0; first < shards; first += AT_ONCE) {
    task.signal.throwIfAborted();
    const next = Array.from({ length: Math.min(AT_ONCE, shards - first) }, (_, i) => uriOf(first + i));
    const read = await Promise.all(next.map((uri) => readRecord(deps, uri, shardCountsSchema)));
    read.forEach((counts, i) => {
      if (counts === undefined) throw lacking(next[i]!, 1);
      found.push(counts);
    });
    task.progress = { counted: found.length, of: shards };
  }
  return found;
}

const lacking = (uri: string, count: number) =>
  fail('NotFound', `${uri} is not there, or not what was left there${count > 1 ? `, nor are ${count - 1} more` : ''}`, {
    mend: 'start again: what is whole is not made again',
  });

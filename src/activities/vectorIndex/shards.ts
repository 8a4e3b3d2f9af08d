/**
 * Shards as a job has left them, read one after the other as fast as the store may be filled.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readNpy } from '../../aws/npy.js';
import { openObject, readText } from '../../aws/s3.js';
import type { Run } from '../../run/run.js';
import { indexedDocumentSchema, indexFilesOf } from '../../run/vectorIndex.js';
import { fail } from '../../spec/failures.js';
import type { IndexedDocument } from '../../vectorStore/store.js';
import type { Task } from '../alive.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';

export interface Shards {
  run: Run;
  /** Folder of what the job has left, below the run's index/. */
  part: string;
  /** The first shard, from 0, and the one after the last. */
  from: number;
  to: number;
}

export interface Shard {
  documents: IndexedDocument[];
  /** Of unit length, row by row. */
  vectors: Float32Array;
}

/** @param take  false ends it before the others. @returns documents of the shards that were taken */
export async function eachShard(
  deps: Deps,
  { run, part, from, to }: Shards,
  task: Task,
  take: (shard: Shard) => Promise<void | boolean>,
): Promise<{ documents: number }> {
  const { rowsPerSecond } = run.spec.index!;
  let documents = 0;
  const since = Date.now();
  for (let shard = from; shard < to; shard += 1) {
    task.signal.throwIfAborted();
    const loaded = await shardOf(deps, run, part, shard);
    if ((await take(loaded)) === false) break;
    documents += loaded.documents.length;
    task.progress = { shard, documents };
    const restMs = rowsPerSecond === undefined ? 0 : (1000 * documents) / rowsPerSecond - (Date.now() - since);
    if (restMs > 0) await sleep(restMs, undefined, { signal: task.signal });
  }
  return { documents };
}

/** @throws ContentChanged (final) where it is not what the job left */
async function shardOf(deps: Deps, run: Run, part: string, shard: number): Promise<Shard> {
  const files = indexFilesOf(run, part);
  const [lines, array] = [files.documents(shard), files.vectors(shard)];
  const text = await calling(`reading ${lines}`, deps, () => readText(deps.s3, lines));
  const bytes = await calling(`reading ${array}`, deps, async () => bytesOf(await openObject(deps.s3, array)));
  try {
    const documents = text!
      .split('\n')
      .filter(Boolean)
      .map((line) => indexedDocumentSchema.parse(JSON.parse(line)));
    const { rows, values } = readNpy(bytes);
    if (rows !== documents.length) throw new Error('rows');
    return { documents, vectors: values };
  } catch {
    // What a line holds is not told: it is a document.
    throw fail('ContentChanged', `${lines} and its vectors are not what the job left there`, { mend: 'submit again' });
  }
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

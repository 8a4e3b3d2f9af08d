/**
 * An endpoint embeds shards of texts: some texts a request, two requests at once, a shard written once all of it is there.
 * @module
 */
import { embeddedTold, type Embedded } from '../../aws/embedding.js';
import { writeNpy } from '../../aws/npy.js';
import { readText, writeObject } from '../../aws/s3.js';
import { embeddingFilesOf, type ShardCounts } from '../../run/embedding.js';
import type { Run } from '../../run/run.js';
import { indexedDocumentSchema } from '../../run/vectorIndex.js';
import { fail } from '../../spec/failures.js';
import type { Task } from '../alive.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';
import { writeRecord } from '../records.js';
import { wholeShards } from '../vectorIndex/done.js';
import { stillServing } from './endpoint.js';

export interface EmbedShards {
  run: Run;
  /** The first shard, from 0, and the one after the last. */
  from: number;
  to: number;
}

/** Others ask the endpoint too: people, who wait. */
const REQUESTS_AT_ONCE = 2;
/** Of one request: an answer within seconds on a CPU, and far below what SageMaker passes on. */
const TEXTS = 32;
const CHARACTERS = 400_000;
/** The endpoint takes no more of one text, and a model reads only the beginning of it. */
const MOST_CHARACTERS = 1_000_000;

/** Repeated, it makes no shard again that is whole. @returns texts of these shards */
export async function embedShards(
  deps: Deps,
  { run, from, to }: EmbedShards,
  task: Task,
): Promise<{ documents: number }> {
  const files = embeddingFilesOf(run.spec.embed!);
  const whole = new Set(await wholeShards(deps, run.spec.embed!.output));
  let documents = 0;
  for (let shard = from; shard < to; shard += 1) {
    task.signal.throwIfAborted();
    const texts = await textsOf(deps, files.documents(shard));
    if (!whole.has(shard)) {
      const { vectors, truncated } = await embedAll(deps, run, texts, task, (done) => {
        task.progress = { shard, texts: done, of: texts.length };
      });
      const dimensions = vectors[0]!.length;
      const counts: ShardCounts = { version: 1, documents: texts.length, truncated, dimensions };
      await writeRecord(deps, run, files.shardCounts(shard), counts);
      const uri = files.vectors(shard);
      await calling(`writing ${uri}`, deps, () => writeObject(deps.s3, uri, npyOf(vectors), run.spec.encryption));
    }
    documents += texts.length;
  }
  return { documents };
}

/** @throws ContentChanged (final) where it is not what the job left */
async function textsOf(deps: Deps, uri: string): Promise<string[]> {
  const text = await calling(`reading ${uri}`, deps, () => readText(deps.s3, uri));
  try {
    return text!
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const { title, text } = indexedDocumentSchema.parse(JSON.parse(line));
        return title ? `${title}\n${text}` : text; // as python/attune_jobs/texts.py has it
      });
  } catch {
    // What a line holds is not told: it is a document.
    throw fail('ContentChanged', `${uri} is not what the job left there`, { mend: 'start again with another output' });
  }
}

/** All by one model: the endpoint is looked at before and after. */
async function embedAll(
  deps: Deps,
  run: Run,
  texts: readonly string[],
  task: Task,
  onProgress: (done: number) => void,
): Promise<Embedded> {
  const { kind, dimensions } = run.spec.embed!;
  const asked = run.embedding!.endpoint!;
  const since = await stillServing(deps, asked);
  const vectors: number[][] = new Array<number[]>(texts.length);
  const waiting = batchesOf(texts);
  let [truncated, done, failed] = [0, 0, false];
  const lane = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch && !failed; batch = waiting.shift()) {
      task.signal.throwIfAborted();
      const { start, texts } = batch;
      try {
        const answer = await calling(`asking endpoint ${asked.name}`, deps, () =>
          embeddedTold(deps.runtime, { endpoint: asked.name, texts, kind, dimensions }),
        );
        answer.vectors.forEach((vector, i) => (vectors[start + i] = vector));
        truncated += answer.truncated;
        onProgress((done += texts.length));
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: REQUESTS_AT_ONCE }, lane));
  const fault = lanes.find((one) => one.status === 'rejected');
  if (fault) throw fault.reason;
  if ((await stillServing(deps, asked)) !== since) {
    throw fail('Unavailable', `endpoint ${asked.name} was changed while it embedded a shard, which is made again`);
  }
  return { vectors, truncated };
}

interface Batch {
  /** Place of its first text. */
  start: number;
  texts: string[];
}

export function batchesOf(texts: readonly string[]): Batch[] {
  const batches: Batch[] = [];
  let characters = 0;
  for (const [place, whole] of texts.entries()) {
    const text = whole.slice(0, MOST_CHARACTERS);
    const last = batches.at(-1);
    if (last && last.texts.length < TEXTS && characters + text.length <= CHARACTERS) {
      last.texts.push(text);
      characters += text.length;
    } else {
      batches.push({ start: place, texts: [text] });
      characters = text.length;
    }
  }
  return batches;
}

/** @throws Error where the endpoint's vectors differ in size */
function npyOf(vectors: readonly (readonly number[])[]): Buffer {
  const columns = vectors[0]!.length;
  const values = new Float32Array(vectors.length * columns);
  vectors.forEach((vector, row) => {
    if (vector.length !== columns) throw new Error(`vectors of ${columns} and of ${vector.length} dimensions`);
    values.set(vector, row * columns);
  });
  return writeNpy({ rows: vectors.length, columns, values });
}

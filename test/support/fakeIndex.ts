/**
 * What the jobs leave that an index is made of and checked by: shards of documents with their vectors, and questions with answers.
 * @module
 */
import { createHash } from 'node:crypto';
import {
  evaluatedQuestionSchema,
  indexCountsSchema,
  indexedDocumentSchema,
  indexFilesOf,
} from '../../src/run/vectorIndex.js';
import type { FakeS3 } from './fakeS3.js';
import { written } from './written.js';

export class FakeIndex {
  /** A text of each, and as many documents as there are. */
  texts = Array.from({ length: 12 }, (_, i) => `${'abcdefghijkl'[i]}${'x'.repeat(3 * i + 5)}`);
  /** Id → text: what lies at the source, for jobs that read it anew. Default: a document of each text. */
  source?: Record<string, string>;
  /** Of a shard. */
  each = 5;
  /** So many of the last documents are in no shard. */
  lost = 0;
  /** The evaluation had found so much more than there is to be found. */
  missed = 0;

  constructor(
    private readonly s3: FakeS3,
    private readonly dimensions: number,
  ) {}

  /** evaluation/questions.jsonl: each text is asked for by itself. */
  evaluated(folder: string): void {
    const ndcgBySize = { [this.dimensions]: 1 + this.missed };
    const lines = this.texts.map((query, i) => evaluatedQuestion(query, i, ndcgBySize));
    this.s3.put(`${folder}questions.jsonl`, lines.join(''));
  }

  /**
   * @param folder  as the job's output names it
   * @param sync    of a job that reads its source anew: the folder of what the index has
   */
  embedded(folder: string, embed: (text: string) => number[], sync?: { known?: string }): void {
    const { texts, each, lost, dimensions } = this;
    const source = sync && this.source;
    const known = this.knownIn(sync?.known);
    const outputs = indexOutputs({ texts, each, lost, dimensions, embed, source, known });
    for (const [name, content] of Object.entries(outputs)) this.s3.put(`${folder}${name}`, content);
  }

  /** Id → hash. */
  private knownIn(folder = 's3://none/'): Map<string, string> {
    const files = [...this.s3.objects].filter(([uri]) => uri.startsWith(folder));
    const rows = files.flatMap(([, content]) => content.toString().split('\n').filter(Boolean));
    return new Map(
      rows.map((row) => JSON.parse(row) as { id: string; hash: string }).map(({ id, hash }) => [id, hash]),
    );
  }
}

/** @returns what the job leaves, by its name in the version's folder */
export function indexOutputs({
  texts,
  each,
  lost = 0,
  dimensions,
  embed,
  source = Object.fromEntries(texts.map((text, i) => [`d${i}`, text])),
  known = new Map(),
}: Pick<FakeIndex, 'texts' | 'each'> & {
  lost?: number;
  dimensions: number;
  embed: (text: string) => number[];
  source?: Record<string, string>;
  /** Id → hash, of what the index has. */
  known?: ReadonlyMap<string, string>;
}): Record<string, string | Buffer> {
  const documents = Object.entries(source).map(([id, text]) => {
    const hash = createHash('sha256').update(`${id}\n${text}`).digest('hex');
    return indexedDocumentSchema.parse({ id, title: '', text, hash });
  });
  const fresh = documents.filter(({ id, hash }) => known.get(id) !== hash);
  const shards = Math.ceil(fresh.length / each);
  const kept = fresh.slice(0, fresh.length - lost);
  const deleted = [...known.keys()].filter((id) => documents.every((document) => document.id !== id));
  const digest = documents.reduce((sum, { hash }) => sum ^ BigInt(`0x${hash.slice(0, 16)}`), 0n);
  const counts = {
    version: 1 as const,
    shards,
    documents: documents.length,
    digest: digest.toString(16).padStart(16, '0'),
    dimensions,
    added: fresh.filter(({ id }) => !known.has(id)).length,
    changed: fresh.filter(({ id }) => known.has(id)).length,
    unchanged: documents.length - fresh.length,
    deleted: deleted.length,
  };
  const outputs: Record<string, string | Buffer> = { [names.counts]: written(indexCountsSchema, counts) };
  if (deleted.length > 0) outputs[names.deleted] = lines(deleted.map((id) => ({ id })));
  for (let shard = 0; shard < shards; shard += 1) {
    const own = kept.slice(shard * each, (shard + 1) * each);
    outputs[names.documents(shard)] = lines(own);
    outputs[names.vectors(shard)] = npyOf(own.map(({ text }) => embed(text)));
  }
  return outputs;
}

const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** Of the files below the version's folder. */
const names = (() => {
  const { folder, counts, deleted, documents, vectors } = indexFilesOf({ folder: '' }, 'version');
  const below = (uri: string): string => uri.slice(folder.length);
  return {
    counts: below(counts),
    deleted: below(deleted),
    documents: (shard: number) => below(documents(shard)),
    vectors: (shard: number) => below(vectors(shard)),
  };
})();

/** A line of evaluation/questions.jsonl: a text that is asked for by itself. */
export const evaluatedQuestion = (query: string, i: number, ndcgBySize: Record<string, number>): string =>
  `${JSON.stringify(evaluatedQuestionSchema.parse({ query, gains: { [`d${i}`]: 1 }, own: [], ndcgBySize }))}\n`;

/** NumPy's form 1.0, float32, row by row. */
export function npyOf(rows: readonly (readonly number[])[]): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0]?.length ?? 0}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(padded.length);
  const values = Buffer.from(Float32Array.from(rows.flat()).buffer);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), size, Buffer.from(padded, 'latin1'), values]);
}

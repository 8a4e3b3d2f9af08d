/**
 * What a job of `attune embed` leaves in the output: texts in shards, their vectors where it was given a model, and what it counted.
 * @module
 */
import { createHash } from 'node:crypto';
import { embeddingCountsSchema, embeddingFilesOf, shardCountsSchema } from '../../src/run/embedding.js';
import { indexedDocumentSchema } from '../../src/run/vectorIndex.js';
import { npyOf } from './fakeIndex.js';
import type { FakeS3 } from './fakeS3.js';
import { written } from './written.js';

export class FakeEmbedding {
  texts = Array.from({ length: 12 }, (_, i) => `${'abcdefghijkl'[i]}${'x'.repeat(3 * i + 5)}`);
  /** Of a shard. */
  each = 5;
  /** Rows in which nothing can be read. */
  unreadable = 0;
  /** Texts of each shard that the job's model reads only the beginning of. */
  truncated = 0;
  /** Which shards each job was told to leave alone. */
  readonly told: (string | undefined)[] = [];
  /** Numbers of the shards that jobs have embedded, in their order. */
  readonly made: number[] = [];

  constructor(
    private readonly s3: FakeS3,
    private readonly dimensions: number,
  ) {}

  get shards(): number {
    return Math.ceil(this.texts.length / this.each);
  }

  /** @param done  numbers of shards, with commas, as few as a test has */
  left(output: string, done: string | undefined, embed?: (text: string) => number[]): void {
    this.told.push(done);
    for (let shard = 0; shard < this.shards; shard += 1) this.shard(output, shard, done, embed);
    const counts = {
      version: 1 as const,
      shards: this.shards,
      documents: this.texts.length,
      digest: '0123456789abcdef',
      unreadable: this.unreadable,
      unreadablePlaces: this.unreadable > 0 ? ['texts.jsonl:3'] : [],
      ...(embed ? { dimensions: this.dimensions, prompts: { query: 'q: ', document: '' }, maxSeqLength: 128 } : {}),
    };
    this.s3.put(embeddingFilesOf({ output }).counts, written(embeddingCountsSchema, counts));
  }

  /** One shard, as a job that is stopped in the middle leaves it. */
  shard(output: string, shard: number, done?: string, embed?: (text: string) => number[]): void {
    if (done?.split(',').some((range) => inRange(range, shard))) return;
    const files = embeddingFilesOf({ output });
    const texts = this.texts.slice(shard * this.each, (shard + 1) * this.each);
    const lines = texts.map((text, i) => {
      const id = `d${shard * this.each + i}`;
      const hash = createHash('sha256').update(`${id}\n${text}`).digest('hex');
      return JSON.stringify(indexedDocumentSchema.parse({ id, title: '', text, hash }));
    });
    this.s3.put(files.documents(shard), `${lines.join('\n')}\n`);
    if (!embed) return;
    this.made.push(shard);
    const counts = {
      version: 1 as const,
      documents: texts.length,
      truncated: this.truncated,
      dimensions: this.dimensions,
    };
    this.s3.put(files.shardCounts(shard), written(shardCountsSchema, counts));
    this.s3.put(files.vectors(shard), npyOf(texts.map(embed)));
  }
}

function inRange(range: string, shard: number): boolean {
  const [first, last = first] = range.split('-').map(Number);
  return shard >= first! && shard <= last!;
}

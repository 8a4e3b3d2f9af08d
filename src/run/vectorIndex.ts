/**
 * The index that goes with a model: its files in the run's folder, what its job leaves, and what a run says of it.
 * @module
 */
import { z } from 'zod';
import type { Run } from './run.js';
import { grouped } from './numbers.js';

/** What a job leaves. Shards are numbered from 0. @param part  the version that it makes, or what of a sync it is */
export const indexFilesOf = ({ folder }: Pick<Run, 'folder'>, part: string) => {
  const own = `${folder}index/${part}/`;
  const numbered = (shard: number, ending: string): string => `${own}${String(shard).padStart(5, '0')}.${ending}`;
  return {
    folder: own,
    counts: `${own}counts.json`,
    documents: (shard: number): string => numbered(shard, 'jsonl'),
    vectors: (shard: number): string => numbered(shard, 'npy'),
    /** Of a sync: what the index has, and its source has not any more. */
    deleted: `${own}deleted.jsonl`,
    /** Of a sync, for the job: what the index has. */
    known: `${own}known/`,
  };
};

/** What was found before the switch. */
export const indexReportOf = ({ folder }: Pick<Run, 'folder'>): string => `${folder}index/report.json`;

const count = z.int().min(0);

/** counts.json: what the index has to hold, counted while the corpus was read. */
export const indexCountsSchema = z
  .object({
    version: z.literal(1),
    shards: count,
    documents: count,
    digest: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .describe("The documents' hashes' first 64 bits, combined by exclusive or"),
    dimensions: z.int().min(1),
    added: count
      .default(0)
      .describe('Of what the index had: what is new, what has another text or title, what is gone'),
    changed: count.default(0),
    unchanged: count.default(0),
    deleted: count.default(0),
  })
  .meta({ title: 'index/<version>/counts.json' });
export type IndexCounts = z.infer<typeof indexCountsSchema>;

/** A line of a shard. */
export const indexedDocumentSchema = z
  .object({
    id: z.string().min(1),
    title: z.string(),
    text: z.string(),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the id, a line break and what the model reads'),
  })
  .meta({ title: 'index/<version>/NNNNN.jsonl' });

/** A line of deleted.jsonl. */
export const deletedDocumentSchema = indexedDocumentSchema.pick({ id: true });

/** What a sync found, and did: numbers of passages. */
export interface IndexChanges {
  added: number;
  changed: number;
  deleted: number;
  unchanged: number;
}

/** How a sync ends. */
export interface SyncedIndex extends IndexChanges {
  /** Of the table. */
  index: string;
  /** That is level with its source now. */
  version: string;
}

/** A line of evaluation/questions.jsonl, as far as an index is asked by it. */
export const evaluatedQuestionSchema = z
  .object({
    query: z.string(),
    gains: z.record(z.string(), z.number()).describe('Passage → its score, above 0'),
    own: z.array(z.string()).describe('Passages that are the question itself: they are no answer to it'),
    ndcgBySize: z.record(z.string(), z.number()).describe("Size of vectors → the candidate's nDCG@10"),
  })
  .meta({ title: 'evaluation/questions.jsonl' });
export type EvaluatedQuestion = z.infer<typeof evaluatedQuestionSchema>;

/** What was found of a version before it may serve. */
export interface IndexCheck {
  passed: boolean;
  /** Sentences; why not, where it did not pass. */
  reasons: string[];
  documents: number;
  questions: number;
  /** Of the graph against a look at every vector, recall@10. */
  recall: number;
  /** nDCG@10 through endpoint and index, and the evaluation's of the same questions. Absent of an index with a source of its own. */
  ndcg?: number;
  expectedNdcg?: number;
  /** S3 URI of the report. */
  uri: string;
}

export interface IndexView {
  /** Of the table. */
  name: string;
  version: string;
  /** Documents that are loaded, and how many there are. */
  documents: number;
  of: number;
  check?: Omit<IndexCheck, 'uri' | 'reasons'>;
  /** The version that served before; absent where none did. */
  replaced?: string;
  /** ISO 8601: since when it serves. */
  switchedAt?: string;
  /** The run did not end well: what it had put in is gone. */
  removed?: true;
}

/** "4,200 of 10,000 documents, recall@10 0.982, nDCG@10 0.713 (evaluation: 0.715), in service" */
export function indexInWords({ documents, of, check, switchedAt, removed }: IndexView): string {
  const found = check
    ? [
        `recall@10 ${check.recall.toFixed(3)}`,
        ...(check.ndcg === undefined
          ? []
          : [`nDCG@10 ${check.ndcg.toFixed(3)} (evaluation: ${check.expectedNdcg?.toFixed(3)})`]),
      ]
    : [];
  const end = removed ? ['removed again'] : switchedAt ? ['in service'] : [];
  return [`${grouped(documents)} of ${grouped(of)} documents`, ...found, ...end].join(', ');
}

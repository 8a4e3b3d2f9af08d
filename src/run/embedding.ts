/**
 * Texts with their vectors: the files in the output's folder, what the job leaves in them, and what a run says of it.
 * @module
 */
import { z } from 'zod';
import { KINDS, type EmbedSettings } from '../spec/embedSettings.js';
import { ENGINES } from '../spec/engine.js';
import { grouped } from './numbers.js';

/** Shards are numbered from 0. What has its vectors is whole. */
export const embeddingFilesOf = ({ output }: Pick<EmbedSettings, 'output'>) => {
  const numbered = (shard: number, ending: string): string => `${output}${String(shard).padStart(5, '0')}.${ending}`;
  return {
    /** The first file: it says what the folder is for. */
    request: `${output}request.json`,
    counts: `${output}counts.json`,
    /** The last file: all of it is there. */
    manifest: `${output}manifest.json`,
    documents: (shard: number): string => numbered(shard, 'jsonl'),
    vectors: (shard: number): string => numbered(shard, 'npy'),
    shardCounts: (shard: number): string => numbered(shard, 'json'),
  };
};

const count = z.int().min(0);
const prompts = z.object({ query: z.string(), document: z.string() });

/** counts.json: what there is to embed, counted while the texts were read; and of the model, where a job embeds. */
export const embeddingCountsSchema = z
  .object({
    version: z.literal(1),
    shards: count.min(1),
    documents: count.min(1),
    digest: z.string().regex(/^[0-9a-f]{16}$/),
    unreadable: count,
    unreadablePlaces: z.array(z.string()),
    dimensions: z.int().min(1).optional(),
    prompts: prompts.optional(),
    maxSeqLength: count.optional(),
  })
  .meta({ title: 'counts.json of an embedding' });
export type EmbeddingCounts = z.infer<typeof embeddingCountsSchema>;

/** NNNNN.json, beside the vectors of a shard. */
export const shardCountsSchema = z
  .object({ version: z.literal(1), documents: count, truncated: count, dimensions: z.int().min(1) })
  .meta({ title: 'NNNNN.json of an embedding' });
export type ShardCounts = z.infer<typeof shardCountsSchema>;

/** request.json: whose the folder is. Another request's shards are not mixed with these. */
export const embeddingRequestSchema = z.object({
  version: z.literal(1),
  digest: z.string().describe('Of the input as it lies in S3, of the model, and of all that the vectors follow from'),
  workflowId: z.string(),
  input: z.string(),
  by: z.string().describe('The model or the endpoint'),
});

export const embeddingManifestSchema = z
  .object({
    version: z.literal(1),
    workflowId: z.string(),
    input: z.string().describe('S3 URI of the texts'),
    kind: z.enum(KINDS),
    model: z
      .object({ uri: z.string(), engine: z.enum(ENGINES), maxSeqLength: count.optional() })
      .optional()
      .describe('The model.tar.gz that a job embedded with'),
    endpoint: z
      .object({ name: z.string(), configName: z.string(), modelDataUrl: z.string().optional() })
      .optional()
      .describe('The endpoint that embedded, and what it served all the while'),
    dimensions: z.int().min(1),
    prompts: prompts.optional().describe('Before each text, by kind; an endpoint has its own'),
    documents: count.describe('Texts that have a vector: lines of all shards'),
    shards: count,
    unreadable: count.describe('Rows in which nothing could be read: they are left out'),
    unreadablePlaces: z.array(z.string()).describe('The first of them'),
    truncated: count.describe('Texts of which the model read only the beginning'),
    digest: z.string().describe("The texts' hashes' first 64 bits, combined by exclusive or, whatever their order"),
  })
  .meta({ title: 'manifest.json of an embedding' });
export type EmbeddingManifest = z.infer<typeof embeddingManifestSchema>;

export interface EmbeddingView {
  /** S3 URI of the folder. */
  output: string;
  /** Texts that have a vector, and how many there are, once they are counted. */
  documents: number;
  of?: number;
  shards?: number;
  /** As the manifest has it, once all of it is there. */
  dimensions?: number;
  truncated?: number;
  unreadable?: number;
}

/** "4,200 of 10,000 texts, 384 dimensions, 12 longer than the model reads, 3 blank left out" */
export function embeddingInWords({ documents, of, dimensions, truncated, unreadable }: EmbeddingView): string {
  return [
    of === undefined ? 'texts are counted by the job' : `${grouped(documents)} of ${grouped(of)} texts`,
    ...(dimensions === undefined ? [] : [`${dimensions} dimensions`]),
    ...(truncated ? [`${grouped(truncated)} longer than the model reads`] : []),
    ...(unreadable ? [`${grouped(unreadable)} blank left out`] : []),
  ].join(', ');
}

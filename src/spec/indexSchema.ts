/**
 * The part of a spec that has every passage of the corpus embedded anew, and index and model switched together.
 * @module
 */
import { z } from 'zod';
import { MOST_SOURCES } from './limits.js';
import { storeReferenceSchema } from './reference.js';

/** With a version's name and the graph's behind it, a name of PostgreSQL: 63 bytes. */
const TABLE_LENGTH = 40;
/** With a version's name behind it, a name of a vector index: 63 characters. */
const INDEX_LENGTH = 50;

/** A file or folder: a local path (uploaded by the client), or an S3 URI. */
const source = z.string().min(1).max(4096);

const sourceSchema = z
  .union(
    [
      z.strictObject({
        documents: source.describe('Folder of documents, cut into passages as those of data.documents'),
      }),
      z.strictObject({
        corpus: z
          .union([source, z.array(source).min(1).max(MOST_SOURCES)])
          .describe('Rows of {"_id", "title"?, "text"}, a passage each; columns as data.columns names them'),
      }),
    ],
    { error: '{documents: …} or {corpus: …}' },
  )
  .describe("What is to be found. Default: the passages of the run's own data");

/** What does not depend on where the vectors are kept. */
const common = {
  source: sourceSchema.optional(),
  instances: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('That share the shards of the corpus, each as compute.evaluate says'),
  rowsPerSecond: z.int().min(1).optional().describe('Loaded into the store at most. Default: as fast as it takes them'),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe(
      "How far nDCG@10 through endpoint and index may lie below the evaluation's: with less nothing is switched",
    ),
  mostDeleted: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Share of the documents that one sync may take out: where the source has lost more, nothing is changed'),
  keepSeconds: z
    .int()
    .min(60)
    .max(31_536_000)
    .default(7 * 86_400)
    .describe('How long the endpoint and the index that served before are kept for a rollback; then both go'),
};

const dimensionsUpTo = (most: number) =>
  z
    .int()
    .min(8)
    .max(most)
    .optional()
    .describe("To which vectors are cut, one of train.dimensions. Default: the model's own size");

const leastRecallOf = (usual: number) =>
  z
    .number()
    .min(0)
    .max(1)
    .default(usual)
    .describe(
      'Of the graph against a look at every vector, recall@10 on the test questions: with less nothing is switched',
    );

const pgvectorSchema = z
  .strictObject({
    store: z.literal('pgvector').describe('PostgreSQL with the extension pgvector, 0.7 or newer'),
    url: storeReferenceSchema.describe(
      'Where the address of the database lies, postgres://user:password@host/database; the worker resolves it',
    ),
    table: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and _')
      .max(TABLE_LENGTH)
      .describe(
        'Names the index: a view of this name shows the version in service, whose table has the version behind it',
      ),
    dimensions: dimensionsUpTo(4000),
    element: z
      .enum(['float32', 'float16'])
      .default('float32')
      .describe('Of each number in the database: float16 (halfvec) takes half the room, and up to 4000 dimensions'),
    hnsw: z
      .strictObject({
        m: z.int().min(2).max(100).default(16).describe('Neighbours of each vector in the graph'),
        efConstruction: z
          .int()
          .min(4)
          .max(1000)
          .default(64)
          .describe('Candidates that are looked at while it is built'),
        efSearch: z.int().min(1).max(1000).default(100).describe('Candidates that are looked at while it is searched'),
      })
      .prefault({})
      .describe('Of the graph over the vectors: more of each finds more, and takes longer'),
    leastRecall: leastRecallOf(0.95),
    ...common,
  })
  .describe('In PostgreSQL, where one is yours');

/** Source of the form of both names: Amazon S3 user guide, "S3 Vectors: limitations and restrictions". */
const s3VectorsSchema = z
  .strictObject({
    store: z.literal('s3vectors').describe('Amazon S3 Vectors'),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, '3 to 63 lower-case letters, digits and hyphens')
      .describe('Name of a vector bucket that is there, in the account and region of the run'),
    index: z
      .string()
      .regex(/^[a-z][a-z0-9-]*[a-z0-9]$/, 'lower-case letters, digits and hyphens')
      .max(INDEX_LENGTH)
      .describe('Names the index: the vector index of each version has the version behind it'),
    dimensions: dimensionsUpTo(4096),
    // It shapes its graph by itself: what it does not find cannot be mended here.
    leastRecall: leastRecallOf(0.9),
    ...common,
  })
  .describe('In Amazon S3 Vectors, which has no server');

export const indexSchema = z.discriminatedUnion('store', [pgvectorSchema, s3VectorsSchema], {
  error: 'one of "pgvector", "s3vectors"',
});

export type Index = z.output<typeof indexSchema>;
export type PgvectorIndex = z.output<typeof pgvectorSchema>;
export type S3VectorsIndex = z.output<typeof s3VectorsSchema>;

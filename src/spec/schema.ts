/**
 * FineTuneSpec: what a person writes to have a model fitted. One schema; its JSON Schema is generated from it.
 * Rules that need more than one field stand in `rules.ts`.
 * @module
 */
import { z } from 'zod';

/** A file or folder: a local path (uploaded by the client), or an S3 URI (taken as it is). */
const source = z.string().min(1);
const instanceType = z.string().regex(/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/, 'an instance type such as ml.g5.xlarge');

/** Positive whole seconds. */
const seconds = z.int().min(1);

export const dataSchema = z
  .strictObject({
    pairs: source
      .optional()
      .describe(
        'JSON Lines of {"query", "document", "group"?}: one relevant question/passage pair a line (.jsonl or .jsonl.gz)',
      ),
    corpus: source.optional().describe('BEIR corpus.jsonl(.gz): {"_id", "title"?, "text"} a line'),
    queries: source.optional().describe('BEIR queries.jsonl(.gz): {"_id", "text"} a line'),
    qrels: source
      .optional()
      .describe('BEIR qrels folder with train.tsv, dev.tsv, test.tsv; what is missing is split off'),
    documents: source
      .optional()
      .describe('Folder of Markdown or text files; each heading becomes the question for its section'),
    split: z
      .strictObject({
        dev: z.number().gt(0).lt(1).default(0.1).describe('Share of groups held out to choose the checkpoint'),
        test: z.number().gt(0).lt(1).default(0.1).describe('Share of groups held out for the evaluation'),
        seed: z.int().min(0).default(0).describe('Another seed gives another split; the same seed always the same one'),
      })
      .prefault({})
      .describe('Split by group (a document, or the key given in "group"), never by row'),
  })
  .describe('Exactly one form: pairs; or corpus, queries and qrels; or documents');

export const trainSchema = z.strictObject({
  epochs: z.int().min(1).max(100).default(2),
  learningRate: z.number().gt(0).lt(1).default(5e-5),
  batchSize: z
    .int()
    .min(2)
    .max(8192)
    .default(64)
    .describe('Pairs a step; every other passage in the batch is a negative'),
  maxSeqLength: z
    .int()
    .min(8)
    .max(32768)
    .default(128)
    .describe('Tokens; what is longer is cut, in training and serving alike'),
  dimensions: z
    .array(z.int().min(8))
    .min(1)
    .optional()
    .describe("Matryoshka sizes, largest first. Default: the model's own size, halved down to 64"),
  scale: z.number().gt(0).default(20).describe('Inverse temperature of the ranking loss'),
  warmup: z.number().min(0).lt(1).default(0.1).describe('Share of steps'),
  weightDecay: z.number().min(0).default(0.01),
  seed: z.int().min(0).default(42),
  evaluationsPerEpoch: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('How often the dev set is scored; the best checkpoint is kept'),
  maxPairs: z.int().min(1).optional().describe('Use at most this many training pairs (a seeded sample)'),
});

const stageCompute = (defaults: { instanceType: string; volumeGb: number; maxRuntimeSeconds: number }) =>
  z
    .strictObject({
      instanceType: instanceType.default(defaults.instanceType),
      count: z.int().min(1).max(1).default(1),
      volumeGb: z.int().min(1).max(16384).default(defaults.volumeGb),
      maxRuntimeSeconds: seconds.max(777_600).default(defaults.maxRuntimeSeconds),
      imageUri: z.string().max(255).optional().describe("A container image of your own instead of AWS's"),
    })
    .prefault({});

export const computeSchema = z.strictObject({
  prepare: stageCompute({ instanceType: 'ml.m5.xlarge', volumeGb: 30, maxRuntimeSeconds: 4 * 3600 }),
  train: stageCompute({ instanceType: 'ml.g5.xlarge', volumeGb: 50, maxRuntimeSeconds: 24 * 3600 }),
  evaluate: stageCompute({ instanceType: 'ml.g5.xlarge', volumeGb: 50, maxRuntimeSeconds: 4 * 3600 }),
});

export const gateSchema = z.strictObject({
  metric: z.enum(['ndcg@10', 'mrr@10', 'map@100', 'recall@10']).default('ndcg@10'),
  confidence: z.number().min(0.5).lt(1).default(0.95).describe('Of the paired bootstrap interval on the gain'),
  minGain: z.number().min(0).max(1).default(0).describe("The interval's lower end must lie above this"),
  minQuestions: z.int().min(1).default(100).describe('Fewer test questions than this decide nothing: the gate refuses'),
});

export const deploySchema = z.strictObject({
  endpoint: z.string().optional().describe("Default: the spec's name"),
  instanceType: instanceType.default('ml.c6i.xlarge'),
  instanceCount: z.int().min(1).max(100).default(1),
  approval: z
    .enum(['none', 'required'])
    .default('none')
    .describe('required: a named person approves before it goes live'),
  imageUri: z.string().max(255).optional().describe("An inference image of your own instead of AWS's"),
  startupTimeoutSeconds: z.int().min(60).max(3600).default(600).describe('For the container to pass its health check'),
});

export const networkSchema = z.strictObject({
  subnets: z.array(z.string()).min(1).max(16).optional(),
  securityGroupIds: z.array(z.string()).min(1).max(5).optional(),
  isolation: z
    .boolean()
    .default(false)
    .describe('No network inside the containers; the base model must then come from S3'),
});

export const encryptionSchema = z.strictObject({
  outputKmsKeyId: z.string().max(2048).optional().describe('For what jobs write to S3'),
  volumeKmsKeyId: z.string().max(2048).optional().describe("For the instances' disks"),
});

export const timingsSchema = z.strictObject({
  pollSeconds: z
    .number()
    .gt(0)
    .default(30)
    .describe('Between Describe calls in mid-run; an event wakes the wait at once'),
  freshPollSeconds: z.number().gt(0).default(5).describe('The same during the first minute of a job'),
  queueSeconds: z
    .number()
    .min(0)
    .default(3600)
    .describe('How long a job may wait for instances on top of its own limit'),
  endpointSeconds: z.number().gt(0).default(3600).describe('How long an endpoint may take to reach InService'),
});

export const fineTuneSpecSchema = z
  .strictObject({
    apiVersion: z.literal('attune/v1'),
    name: z
      .string()
      .regex(/^[a-z0-9](-*[a-z0-9]){0,39}$/, 'lower-case letters, digits and inner hyphens, at most 40')
      .describe('Names the run, its S3 folder and, unless deploy.endpoint says otherwise, the endpoint'),
    data: dataSchema,
    base: z
      .string()
      .min(1)
      .default('sentence-transformers/all-MiniLM-L6-v2')
      .describe('Hub id, local folder or S3 prefix of the model to fit'),
    train: trainSchema.prefault({}),
    compute: computeSchema.prefault({}),
    gate: gateSchema.prefault({}),
    deploy: z
      .union([z.literal(false), deploySchema])
      .prefault({})
      .describe('false: stop after packaging'),
    network: networkSchema.prefault({}),
    encryption: encryptionSchema.prefault({}),
    notify: z
      .array(z.strictObject({ workflowId: z.string().min(1).max(1000) }))
      .default([])
      .describe('Workflows that get the signal fineTuneMilestone'),
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256))
      .default({})
      .describe('On every AWS resource the run creates'),
    timings: timingsSchema.prefault({}),
  })
  .meta({ title: 'attune fine-tuning spec' });

/** What a person writes: only the first three keys are needed. */
export type FineTuneSpecInput = z.input<typeof fineTuneSpecSchema>;
/** The same with every default filled in. */
export type FineTuneSpec = z.output<typeof fineTuneSpecSchema>;

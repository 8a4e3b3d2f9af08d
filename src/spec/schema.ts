/**
 * FineTuneSpec: what a person writes to have a model fitted. One schema; its JSON Schema is generated from it.
 * Rules that need more than one field stand in `rules/`. Each key says in a phrase what it is for: docs/spec.md is made from it.
 * @module
 */
import { z } from 'zod';
import { DATA_FIELDS, dataForms, ONE_FORM, type DataField } from './dataForms.js';
import { MOST_COLUMNS, MOST_NOTIFIED, MOST_SOURCES, MOST_VARIABLES } from './limits.js';
import { indexSchema } from './indexSchema.js';
import { notifySchema } from './notifySchema.js';
import { questionsSchema } from './questionsSchema.js';
import type { ComputeKey } from './stages.js';

/** A file or folder: a local path (uploaded by the client), or an S3 URI (taken as it is). */
export const source = z.string().min(1).max(4096);
const instanceType = z
  .string()
  .max(64)
  .regex(/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/, 'an instance type such as ml.g5.xlarge')
  .meta({ title: 'an instance type such as ml.g5.xlarge' });

/** A name that is legal in every place where it becomes a part of another one. */
export function shortName(most: number) {
  const form = `lower-case letters, digits and inner hyphens, at most ${most}`;
  return z
    .string()
    .regex(new RegExp(`^(?=.{1,${most}}$)[a-z0-9](-*[a-z0-9])*$`), form)
    .meta({ title: form });
}

/** Positive whole seconds. */
const seconds = z.int().min(1);

/** A file, a folder, or several of them. */
const sources = z.union([source, z.array(source).min(1).max(MOST_SOURCES)]);

const columnName = z.string().min(1).max(128);

const dataSources = {
  pairs: sources
    .optional()
    .describe(
      'Rows of {"query", "document", "negatives"?, "group"?}: JSON Lines, CSV, TSV or Parquet; a file, a folder or a list',
    ),
  corpus: sources
    .optional()
    .describe(
      'BEIR corpus: rows of {"_id", "title"?, "text"}. Beside pairs: their rows may name a passage by `document_id`',
    ),
  queries: sources.optional().describe('BEIR queries: rows of {"_id", "text"}'),
  qrels: source
    .optional()
    .describe('BEIR qrels folder with train.tsv, dev.tsv, test.tsv; what is missing is split off'),
  documents: source
    .optional()
    .describe(
      'Folder of Markdown, MDX, HTML, reStructuredText, AsciiDoc, Jupyter notebooks, PDF, Word (.docx) or text files; each heading becomes the question for its section, unless `questions` has a language model write them',
    ),
  test: sources
    .optional()
    .describe(
      'With any form: test questions that people asked or wrote, rows of {"query", "document" or "document_id", "score"?, "group"?, "accepted"?} as of pairs, or a file of `attune questions`. Default: a share of the others',
    ),
} satisfies Record<DataField, z.ZodType>;

const column = z
  .union([columnName, z.array(columnName).max(MOST_COLUMNS)], { error: 'the name of a column, or a list of names' })
  .optional();

export const columnsSchema = z.strictObject({
  query: column.describe('Of pairs: the question'),
  document: column.describe('Of pairs: the passage that answers it, or a list of them'),
  documentId: column.describe('Of pairs beside a corpus, and of test questions: its id in the place of its text'),
  negatives: column.describe('Of pairs: passages that do not answer it; of several columns all are read'),
  negativeIds: column.describe('Of pairs beside a corpus: the ids of such passages'),
  group: column.describe('What must stay on one side of the split'),
  score: column.describe('Of pairs: 0 for no answer, 1 or more for an answer; []: no column says so'),
  id: column.describe('Of a corpus and queries'),
  text: column.describe('Of a corpus and queries'),
  title: column.describe('Of pairs and a corpus'),
  shown: column.describe('Of a log of clicks: what was listed, from the top'),
  clicked: column.describe('Of a log of clicks: what of it was opened'),
  accepted: column.describe('Of test questions: whether a person would ask so; rows without a yes are left out'),
});

export const dataSchema = z
  .strictObject({
    ...dataSources,
    columns: columnsSchema.optional().describe('Names of your own for the columns of rows. Default: the usual ones'),
    questions: questionsSchema
      .optional()
      .describe('With documents: a language model writes the questions. Default: headings are the questions'),
    split: z
      .strictObject({
        dev: z.number().gt(0).lt(1).default(0.1).describe('Share of groups held out to choose the checkpoint'),
        test: z.number().gt(0).lt(1).default(0.1).describe('Share of groups held out for the evaluation'),
        seed: z.int().min(0).default(0).describe('Another seed gives another split; the same seed always the same one'),
      })
      .prefault({})
      .describe('Split by group (a document, or the key given in "group"), never by row'),
  })
  .describe(`${ONE_FORM[0]!.toUpperCase()}${ONE_FORM.slice(1)}`)
  // For other programs; here a rule says it with a sentence.
  .meta({
    oneOf: dataForms.map(({ form, fields, beside }) => {
      const others = DATA_FIELDS.filter((field) => ![...fields, ...beside].includes(field));
      return { title: form, required: fields, properties: Object.fromEntries(others.map((field) => [field, false])) };
    }),
  });

/** Long enough for an instruction; the two, with what JSON escapes, fit a hyperparameter's 2,500 characters. */
const prompt = z.string().max(300).default('');

export const trainSchema = z.strictObject({
  epochs: z.int().min(1).max(100).default(2).describe('How often all training pairs are gone through'),
  learningRate: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'At its peak: reached after the warm-up, falling to zero at the end. Default: by the size of the base and the number of steps, 2e-4 for a small base (384 dimensions) and a short training',
    ),
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
    .max(32)
    .optional()
    .describe("Matryoshka sizes, largest first. Default: the model's own size, halved down to 64"),
  prompts: z
    .strictObject({
      query: prompt.describe('Before each question, such as "query: "'),
      document: prompt.describe('Before each passage, such as "passage: "'),
    })
    .optional()
    .describe(
      "What stands before a text, wherever one is embedded. Default: the base's own, by its files, or its page (e5, bge)",
    ),
  scale: z.number().gt(0).default(20).describe('Inverse temperature of the ranking loss'),
  warmup: z.number().min(0).lt(1).default(0.1).describe('Share of steps'),
  weightDecay: z.number().min(0).default(0.01).describe("AdamW's pull of the weights towards zero"),
  seed: z.int().min(0).default(42).describe('Of the order of pairs, of their sample and of dropout'),
  evaluationsPerEpoch: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('How often the dev set is scored; the best checkpoint is kept'),
  maxPairs: z.int().min(1).optional().describe('Use at most this many training pairs (a seeded sample)'),
  hardnessStrength: z
    .number()
    .min(0)
    .max(100)
    .default(0)
    .describe('Weight of the hardest in-batch negatives in the ranking loss; 0: all weigh the same'),
  negatives: z
    .int()
    .min(0)
    .max(16)
    .default(1)
    .describe('Hard negatives of each pair, where the data has any (each is embedded too); 0: leave them out'),
  miniBatchSize: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Pairs embedded at once, at the same batch: less memory, a second forward pass. Default: as the GPU memory asks for; on CPU the whole batch',
    ),
  startFrom: z
    .enum(['base', 'incumbent'])
    .default('base')
    .describe('incumbent: continue from the weights in service; base where nothing serves yet'),
});

const numberRange = z
  .strictObject({
    min: z.number().describe('Lowest value that is tried'),
    max: z.number().describe('Highest value that is tried'),
    scaling: z
      .enum(['auto', 'linear', 'logarithmic', 'reverseLogarithmic'])
      .default('auto')
      .describe('How the range is searched; logarithmic suits values that differ by magnitudes'),
  })
  .describe('From min to max, both included');
const choices = z
  .strictObject({ values: z.array(z.number()).min(1).max(30).describe('The values that are tried') })
  .describe('One of these values');
const range = z.union([numberRange, choices]);

export const tuneSchema = z
  .strictObject({
    trials: z.int().min(1).max(10_000).default(8).describe('Training jobs at most'),
    parallel: z.int().min(1).max(100).optional().describe('Training jobs at once. Default: 2, or 1 for a single trial'),
    strategy: z
      .enum(['bayesian', 'random', 'grid', 'hyperband'])
      .default('bayesian')
      .describe('How the next settings are chosen; bayesian learns from the trials so far'),
    parameters: z
      .strictObject({
        learningRate: range.optional().describe('Searched values of train.learningRate'),
        epochs: range.optional().describe('Searched values of train.epochs'),
        batchSize: range.optional().describe('Searched values of train.batchSize'),
        scale: range.optional().describe('Searched values of train.scale'),
        warmup: range.optional().describe('Searched values of train.warmup'),
        weightDecay: range.optional().describe('Searched values of train.weightDecay'),
        hardnessStrength: range.optional().describe('Searched values of train.hardnessStrength'),
      })
      .optional()
      .describe(
        'What is searched. Default: learning rate, epochs, batch size, scale and hardness, within proven ranges',
      ),
    earlyStopping: z
      .boolean()
      .optional()
      .describe('Stop trials that fall behind the median. Default: yes, but for hyperband'),
    seed: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .default(42)
      .describe('Of the search: the same seed proposes the same settings'),
    warmStart: z
      .strictObject({
        from: z.array(z.string().min(1).max(32)).min(1).max(5).describe('Names of ended tuning jobs'),
        data: z
          .enum(['same', 'other'])
          .default('other')
          .describe('same: on identical data; other: what was learned carries over'),
      })
      .optional()
      .describe('Go on from what earlier searches found'),
    stop: z
      .strictObject({
        target: z.number().gt(0).max(1).optional().describe('Stop once a trial reaches this dev nDCG@10'),
        notImproving: z.int().min(3).max(10_000).optional().describe('Stop after so many trials without a better one'),
        converged: z.boolean().default(false).describe('Stop once further trials promise less than 1 % more'),
        maxSeconds: seconds.min(120).max(15_768_000).optional().describe('Of all trials together, by the clock'),
      })
      .prefault({})
      .describe('When to end before all trials have run'),
  })
  .describe('Search for the best training settings by dev nDCG@10; the test questions are asked once, of the winner');

const environment = z
  .record(
    z.string(),
    z.union(
      [
        z.string().max(1024),
        z.strictObject({
          secretArn: z.string().max(2048).describe('ARN of a secret in Secrets Manager'),
          key: z.string().min(1).max(256).optional().describe('Of a secret that is JSON: the key whose value is meant'),
        }),
        z.strictObject({ parameter: z.string().max(2048).describe('Name or ARN of a parameter of Systems Manager') }),
      ],
      { error: 'text, {secretArn: …} or {parameter: …}; numbers go in quotes' },
    ),
  )
  .refine(
    (variables) => Object.keys(variables).length <= MOST_VARIABLES,
    `at most ${MOST_VARIABLES} variables: SageMaker takes no more with attune's own`,
  )
  .meta({ maxProperties: MOST_VARIABLES })
  .optional()
  .describe('Variables of the container: text, or where a secret lies, which its role resolves inside. Default: none');

/** One type, or several in the order of preference. */
const instanceTypes = z.union([instanceType, z.array(instanceType).min(1).max(5)]);

export const stageCompute = (defaults: {
  instanceType: string;
  volumeGb: number;
  maxRuntimeSeconds: number;
  choice?: string;
}) =>
  z.strictObject({
    instanceType: instanceTypes
      .default(defaults.instanceType)
      .describe(
        `One type, or up to five in the order of preference: the next is taken where one is unavailable${defaults.choice ?? ''}`,
      ),
    volumeGb: z.int().min(1).max(16384).default(defaults.volumeGb).describe('Disk of each instance, in GB'),
    maxRuntimeSeconds: seconds
      .max(777_600)
      .default(defaults.maxRuntimeSeconds)
      .describe('SageMaker ends the job after so long; the most that it can cost'),
    imageUri: z.string().max(255).optional().describe("A container image of your own instead of AWS's"),
    environment,
  });

export const computeSchema = z.strictObject({
  prepare: stageCompute({ instanceType: 'ml.m5.xlarge', volumeGb: 30, maxRuntimeSeconds: 4 * 3600 })
    .prefault({})
    .describe('The Processing job that cleans and splits the data'),
  train: stageCompute({ instanceType: 'ml.g5.xlarge', volumeGb: 50, maxRuntimeSeconds: 24 * 3600 })
    .extend({
      count: z.int().min(1).max(64).default(1).describe('Instances; negatives are gathered across all of them'),
      processesPerInstance: z
        .int()
        .min(1)
        .max(64)
        .optional()
        .describe('Training processes an instance. Default: one a GPU, or one'),
      spot: z.boolean().default(false).describe('Spare capacity at a lower price; an interrupted job resumes'),
      maxWaitSeconds: seconds
        .max(2_419_200)
        .optional()
        .describe('With spot: for waiting and training together. Default: maxRuntimeSeconds and timings.queueSeconds'),
    })
    .prefault({})
    .describe('The Training job, or each trial of a tuning job'),
  evaluate: stageCompute({
    instanceType: 'ml.g5.xlarge',
    volumeGb: 50,
    maxRuntimeSeconds: 4 * 3600,
    choice: '. Left out: ml.m5.xlarge where that costs less, by the size of the data and the base',
  })
    .prefault({})
    .describe('The Processing job that asks the held-out questions'),
} satisfies Record<ComputeKey, z.ZodType>);

export const gateSchema = z.strictObject({
  metric: z
    .enum(['ndcg@10', 'mrr@10', 'map@100', 'recall@10'])
    .default('ndcg@10')
    .describe('The measure on the test questions that decides'),
  confidence: z.number().min(0.5).lt(1).default(0.95).describe('Of the paired bootstrap interval on the gain'),
  minGain: z.number().min(0).max(1).default(0).describe("The interval's lower end must lie above this"),
  minQuestions: z
    .int()
    .min(1)
    .default(100)
    .describe('Fewer test questions than this, of those that evidence admits, decide nothing: the model is unproven'),
  minGroups: z
    .int()
    .min(2)
    .default(10)
    .describe(
      'The same of groups (documents, entities; a question without one is its own): questions of one group tell much the same. Of guards too',
    ),
  evidence: z
    .enum(['people', 'headings', 'generated'])
    .default('people')
    .describe(
      "Which test questions may decide: people's alone; headings of documents too; or also those that a language model wrote",
    ),
  guards: z
    .array(
      z.strictObject({
        name: shortName(32).describe('What the report calls this set'),
        corpus: source.describe('BEIR corpus.jsonl(.gz)'),
        queries: source.describe('BEIR queries.jsonl(.gz)'),
        qrels: source.describe('One TSV file of query-id, corpus-id, score'),
        tolerance: z
          .number()
          .min(0)
          .lt(1)
          .default(0.02)
          .describe('How much of the score of the better of base and model in service may be lost, as a share of it'),
        inconclusive: z
          .enum(['allow', 'refuse'])
          .default('allow')
          .describe('Where the questions cannot tell: allow leaves the guard out of the decision, and says so'),
      }),
    )
    .max(4)
    .default([])
    .describe('Question sets on which the candidate must not be worse than the better of base and model in service'),
});

export const deploySchema = z.strictObject({
  endpoint: z
    .string()
    .max(256)
    .optional()
    .describe("The endpoint that is created or updated. Default: the spec's name"),
  takeOver: z
    .boolean()
    .default(false)
    .describe(
      "Whether it may be another spec's, or of another Temporal namespace: its model then gives way to this one",
    ),
  instanceType: instanceTypes
    .default('ml.c6i.xlarge')
    .describe(
      'Instances that serve the model: one type, or up to five in the order of preference, of which SageMaker takes the next where one is unavailable',
    ),
  instanceCount: z.int().min(1).max(100).default(1).describe('How many of them; with autoscaling, at the start'),
  approval: z
    .enum(['none', 'required'])
    .default('none')
    .describe('required: a named person approves before it goes live'),
  engine: z
    .enum(['auto', 'float32', 'int8'])
    .default('auto')
    .describe(
      "What computes the vectors. auto: int8 on AWS's image on CPUs, where evaluate measures that it loses at most 1 % of the gate's metric, else float32; int8: whatever it loses, and the gate decides on that",
    ),
  imageUri: z.string().max(255).optional().describe("An inference image of your own instead of AWS's"),
  dataCapture: z
    .strictObject({
      percentage: z.int().min(1).max(100).describe('Of the requests that are kept'),
      s3: z
        .string()
        .max(512)
        .optional()
        .describe('S3 prefix where requests and answers are kept. Default: capture/ in the folder of the spec'),
    })
    .optional()
    .describe('Requests and answers are kept in S3: texts of your users among them. Default: none'),
  inferenceAmiVersion: z
    .enum([
      'al2-ami-sagemaker-inference-gpu-2',
      'al2-ami-sagemaker-inference-gpu-2-1',
      'al2-ami-sagemaker-inference-gpu-3-1',
      'al2023-ami-sagemaker-inference-gpu-4-1',
    ])
    .optional()
    .describe(
      "The machine image of GPU instances, which brings the driver. Default: for AWS's image, the one of its CUDA version; else SageMaker's own choice",
    ),
  environment,
  startupTimeoutSeconds: z
    .int()
    .min(60)
    .max(3600)
    .default(600)
    .describe('For the container to pass its health check, and again for its model to answer'),
  rollout: z
    .strictObject({
      type: z
        .enum(['allAtOnce', 'canary', 'linear'])
        .default('allAtOnce')
        .describe('canary: a first share, then the rest; linear: equal shares one after the other'),
      percent: z.int().min(1).max(50).default(10).describe('Of the capacity: the canary, or each linear step'),
      waitSeconds: z.int().min(0).max(3600).default(300).describe('Between steps, while the alarms are watched'),
      terminationWaitSeconds: z.int().min(0).max(3600).default(0).describe('Before the old instances go'),
      alarms: z
        .array(z.string().min(1).max(255))
        .max(10)
        .default([])
        .describe('CloudWatch alarms; one that goes off while the endpoint is updated brings the old model back'),
    })
    .prefault({})
    .describe('How an endpoint that serves already moves to the new model'),
  autoscaling: z
    .strictObject({
      minInstances: z.int().min(1).max(100).default(1).describe('Never fewer instances than this'),
      maxInstances: z.int().min(1).max(100).describe('Never more instances than this'),
      invocationsPerInstance: z.number().gt(0).describe('A minute: instances are added above it and removed below it'),
      scaleInCooldownSeconds: z.int().min(0).max(86_400).default(300).describe('Pause after instances were removed'),
      scaleOutCooldownSeconds: z.int().min(0).max(86_400).default(60).describe('Pause after instances were added'),
    })
    .optional()
    .describe('Instances added and removed by the load. Default: instanceCount, always'),
  serverless: z
    .strictObject({
      memoryMb: z
        .union([1024, 2048, 3072, 4096, 5120, 6144].map((size) => z.literal(size)))
        .default(4096)
        .describe('Memory of each worker, in MB'),
      maxConcurrency: z.int().min(1).max(200).default(5).describe('Requests served at once; more are throttled'),
      provisionedConcurrency: z
        .int()
        .min(1)
        .max(200)
        .optional()
        .describe('Workers kept warm, and paid for by the hour. Default: none'),
    })
    .optional()
    .describe('No instances: paid by the request, slower on the first one'),
});

export const networkSchema = z.strictObject({
  subnets: z
    .array(z.string().max(256))
    .min(1)
    .max(16)
    .optional()
    .describe('Of the VPC that jobs and endpoint run in. Default: outside of any VPC of yours'),
  securityGroupIds: z
    .array(z.string().max(256))
    .min(1)
    .max(5)
    .optional()
    .describe('Of the same VPC; given with subnets'),
  isolation: z
    .boolean()
    .default(false)
    .describe('No network inside the containers; the base model and the packages must then come from S3'),
  encryptTraffic: z
    .boolean()
    .default(false)
    .describe('Traffic between the instances of a job is encrypted; training on several takes longer'),
  wheelhouse: source
    .optional()
    .describe('S3 prefix of a folder of wheels that jobs install from, instead of a package index'),
});

export const encryptionSchema = z.strictObject({
  outputKmsKeyId: z.string().max(2048).optional().describe('For what jobs write to S3'),
  volumeKmsKeyId: z
    .string()
    .max(2048)
    .optional()
    .describe("For the instances' volumes; types with disks of their own encrypt those by their hardware, without it"),
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
  capacitySeconds: z
    .number()
    .min(0)
    .default(300)
    .describe(
      'Without capacity: how long to wait before the next instance type, or another try. Also how long to wait for the quota of a type that is not the last',
    ),
  quotaSeconds: z
    .number()
    .min(0)
    .default(6 * 3600)
    .describe('How long to wait for other jobs to free the quota of the last instance type'),
  approvalReminderSeconds: z
    .number()
    .gt(0)
    .default(24 * 3600)
    .describe('Between reminders while a model waits for a person'),
  approvalSeconds: z
    .number()
    .gt(0)
    .optional()
    .describe(
      'After so long without a decision the model is not deployed; an outage over its end gives as long again. Default: waits for ever',
    ),
});

const usdPerHour = z.number().min(0);
/** More than the instance types that there are. */
const MOST_PRICES = 500;
export const pricesSchema = z.strictObject({
  asOf: z.string().min(1).max(40).describe('When these prices were read, such as 2026-11-01'),
  usdPerHour: z
    .record(
      z.string().min(1).max(64),
      z.union([
        usdPerHour,
        z.strictObject({
          onDemand: usdPerHour.describe('The list price'),
          spot: usdPerHour.optional().describe('What spot capacity costs. Default: at least a tenth of onDemand'),
        }),
      ]),
    )
    .refine((prices) => Object.keys(prices).length <= MOST_PRICES, `at most ${MOST_PRICES} instance types`)
    .meta({ maxProperties: MOST_PRICES })
    .describe('By instance type'),
});

export const registrySchema = z.strictObject({
  group: z
    .string()
    .regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/, 'letters, digits and inner hyphens, at most 63')
    .meta({ title: 'letters, digits and inner hyphens, at most 63' })
    .describe('Model package group; made where there is none'),
});

export const trackingSchema = z.strictObject({
  experiment: z
    .string()
    .regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}$/, 'letters, digits and inner hyphens, at most 120')
    .meta({ title: 'letters, digits and inner hyphens, at most 120' })
    .optional()
    .describe(
      "An experiment of SageMaker's, made where there is none: each run is a trial in it, its jobs the components",
    ),
  mlflow: z
    .strictObject({
      resourceArn: z
        .string()
        .max(2048)
        .regex(
          /^arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:mlflow-[a-zA-Z-]*\/.+$/,
          'the ARN of an MLflow app or tracking server of SageMaker',
        )
        .meta({ title: 'the ARN of an MLflow app or tracking server of SageMaker' })
        .describe('Where the training job is recorded; that exists already'),
      experiment: z.string().min(1).max(256).optional().describe('The experiment there. Default: its own default'),
    })
    .optional()
    .describe("SageMaker's managed MLflow, of the training job alone"),
});

export const budgetSchema = z.strictObject({
  maxUsd: z.number().gt(0).describe('Stops before the next paid call, and a running training job at a checkpoint'),
});

export const fineTuneSpecSchema = z
  .strictObject({
    apiVersion: z.literal('attune/v1').describe('The form of this spec'),
    name: shortName(40).describe(
      'Names the run, its S3 folder and, unless deploy.endpoint says otherwise, the endpoint',
    ),
    data: dataSchema,
    base: source
      .default('sentence-transformers/all-MiniLM-L6-v2')
      .describe('Hub id (owner/name, or owner/name@revision), local folder or S3 prefix of the model to fit'),
    model: source
      .optional()
      .describe(
        'S3 URI of a model.tar.gz that is trained already: the run begins with it, and trains nothing. Default: none',
      ),
    bases: z
      .array(source)
      .min(1)
      .max(10)
      .optional()
      .describe(
        'Models that are compared as they are, base among them: the run then trains, gates and deploys nothing. Default: none',
      ),
    train: trainSchema.prefault({}).describe('How the model is fitted'),
    tune: tuneSchema.optional(),
    compute: computeSchema.prefault({}).describe('What each job runs on'),
    gate: gateSchema.prefault({}).describe('What a model must show before it may serve'),
    deploy: z
      .union([z.literal(false), deploySchema])
      .prefault({})
      .describe('Where the model serves; false: stop after packaging'),
    index: indexSchema
      .optional()
      .describe(
        'Every passage is embedded anew by the new model, and endpoint and index go into service together. Default: none',
      ),
    registry: registrySchema
      .optional()
      .describe(
        "SageMaker's model registry: a model that passes the gate becomes a version there, and approval there counts as here",
      ),
    tracking: trackingSchema
      .optional()
      .describe('Where the jobs of the runs are recorded, beside what attune keeps itself. Default: nowhere else'),
    network: networkSchema.prefault({}).describe('Where jobs and endpoint stand in the network'),
    encryption: encryptionSchema.prefault({}).describe("KMS keys of your own; default: AWS's own keys"),
    budget: budgetSchema.optional().describe('A limit on what the run may cost. Default: none'),
    prices: z
      .union([source, pricesSchema])
      .optional()
      .describe(
        'Prices of your own over the built-in ones: {asOf, usdPerHour}, or a local JSON or YAML file that holds it',
      ),
    whenUnchanged: z
      .enum(['run', 'skip'])
      .default('run')
      .describe('skip: end at once, at no cost, where an earlier run had the same data and settings'),
    reuse: z
      .boolean()
      .default(true)
      .describe(
        'Take over what a job of an earlier run has left, where it was asked for the same; false: every job runs anew',
      ),
    notify: z
      .array(notifySchema)
      .max(MOST_NOTIFIED)
      .default([])
      .describe('Who hears of the run: workflows by signal, people by Slack, Teams, SNS, mail or a webhook'),
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256))
      .default({})
      .describe('On every AWS resource the run creates'),
    timings: timingsSchema.prefault({}).describe('How often is looked, and how long is waited'),
  })
  .meta({ title: 'attune fine-tuning spec' });

/** What a person writes: only the first three keys are needed. */
export type FineTuneSpecInput = z.input<typeof fineTuneSpecSchema>;
/** The same with every default filled in. */
export type FineTuneSpec = z.output<typeof fineTuneSpecSchema>;

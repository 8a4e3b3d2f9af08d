/**
 * What an evaluation leaves: its report, whose small numbers the gate decides on, and the probes for the live endpoint.
 * @module
 */
import { z } from 'zod';
import { ENGINES } from '../spec/engine.js';
import { modelManifestSchema } from './modelPackage.js';
import { ADMITTED, ORIGINS, type Evidence, type Origin } from './origins.js';

const scoreSchema = z
  .object({ mean: z.number(), low: z.number(), high: z.number() })
  .describe('Mean over questions with the ends of its bootstrap interval; in [0, 1]');
export type Score = z.infer<typeof scoreSchema>;

const metricsSchema = z
  .record(z.string(), scoreSchema)
  .describe('Keys: ndcg@10, mrr@10, map@100, recall@1, recall@5, recall@10, recall@50');
export type Metrics = z.infer<typeof metricsSchema>;

/** What is measured on the same questions, from the plainest on. */
export const SYSTEMS = ['bm25', 'base', 'incumbent', 'candidate'] as const;
export type System = (typeof SYSTEMS)[number];

/** Without what another version may know of: a system of an unknown name is left out. */
const bySystem = <S extends z.ZodType>(schema: S) =>
  z.object({
    bm25: schema.optional(),
    base: schema.optional(),
    incumbent: schema.optional(),
    candidate: schema.optional(),
  } satisfies Record<System, z.ZodType>);

const comparisonSchema = z
  .object({
    metric: z.string(),
    difference: z.number(),
    low: z.number(),
    high: z.number(),
    confidence: z.number(),
    wins: z.number(),
    ties: z.number(),
    losses: z.number(),
  })
  .describe('A paired comparison on the same questions: first minus second');
export type Comparison = z.infer<typeof comparisonSchema>;

const guardScoresSchema = z
  .object({
    name: z.string(),
    questions: z.int().min(0),
    groups: z.int().min(0).optional().describe('Of the questions. Absent: an earlier version measured it'),
    passages: z.int().min(0),
    against: z.enum(['base', 'incumbent']).describe('The better of the two'),
    scores: bySystem(scoreSchema).describe("In the gate's metric"),
    comparison: comparisonSchema.describe('Candidate minus the one it is measured against'),
    inTraining: z.int().min(0).default(0).describe('Questions that the training pairs hold too'),
  })
  .describe("A guard set's numbers: the candidate must not be worse than the better of base and model in service");
export type GuardScores = z.infer<typeof guardScoresSchema>;

/** How a guard came out: `inconclusive` where its questions cannot tell. */
export interface GuardView extends GuardScores {
  verdict: 'held' | 'lost' | 'inconclusive';
  /** Share of the rival's score that may be lost, and the same in points of the metric. */
  tolerance: number;
  mayLose: number;
}

const servedSchema = z
  .object({
    engine: z.enum(ENGINES).describe("The candidate's scores are of this one"),
    why: z.string().describe('A sentence with the numbers'),
    float32: z.number().optional().describe("In the gate's metric"),
    int8: z.number().optional(),
  })
  .describe('What computes the vectors of the endpoint');

const count = z.int().min(0);
export const originsSchema = z
  .object({ people: count.optional(), headings: count.optional(), model: count.optional() } satisfies Record<
    Origin,
    z.ZodType
  >)
  .describe('Questions by where they come from; those that have none are left out');

const evaluationSummarySchema = z
  .object({
    questions: z.int().min(0),
    origins: originsSchema.optional().describe("Of the questions. Absent: an earlier version's report, of people's"),
    groups: count.optional().describe("Of the questions. Absent: an earlier version's report"),
    passages: z.int().min(0),
    metrics: bySystem(metricsSchema),
    comparisons: z
      .record(z.string(), comparisonSchema)
      .describe('Keys: candidate-base, candidate-bm25, candidate-incumbent'),
    byOrigin: z
      .partialRecord(z.enum(ORIGINS), z.object({ questions: count, metrics: bySystem(metricsSchema) }))
      .optional()
      .describe('Of questions of several origins: the scores of each'),
    admitted: z
      .partialRecord(
        z.enum(Object.keys(ADMITTED) as Evidence[]),
        z.object({ questions: count, groups: count.optional(), comparisons: z.record(z.string(), comparisonSchema) }),
      )
      .optional()
      .describe('The comparisons on what each kind of gate.evidence admits, where that is a part of the questions'),
    guards: z.array(guardScoresSchema).optional(),
    served: servedSchema.optional().describe('Absent: float32 serves, and nothing else was measured'),
    warnings: z.array(z.string()).default([]),
  })
  .describe('What the gate decides on');
export type EvaluationSummary = z.infer<typeof evaluationSummarySchema>;

const modelSizeSchema = z
  .object({
    dimensions: z.int().min(1).describe('Of its vectors: what an index holds of each passage'),
    parameters: z
      .int()
      .min(1)
      .nullable()
      .describe('Weights, which an endpoint holds in four bytes each; null: unknown'),
    maxSeqLength: z.int().min(0).nullable().describe('Tokens that were read of a text; null: all'),
  })
  .describe('What a model costs to serve');
export type ModelSize = z.infer<typeof modelSizeSchema>;

const rank = z.int().min(1).nullable().describe('From 1; null: not among the first 100');
const movedQuestionSchema = z
  .object({
    queryId: z.string(),
    query: z.string(),
    baseRank: rank,
    candidateRank: rank,
    passage: z.object({ id: z.string(), title: z.string(), text: z.string() }),
  })
  .describe('A question whose best right passage moved');
export type MovedQuestion = z.infer<typeof movedQuestionSchema>;

/** evaluation/report.json, as far as others may rely on it; its page shows more. */
export const evaluationReportSchema = z
  .object({
    version: z.literal(1),
    summary: evaluationSummarySchema,
    won: z.array(movedQuestionSchema).describe('At most 20, the largest gain first'),
    lost: z.array(movedQuestionSchema),
    settings: z
      .object({
        manifest: modelManifestSchema.pick({ dataHash: true }).partial().optional(),
        size: modelSizeSchema.optional(),
        test: z
          .object({ hash: z.string(), sample: z.array(z.string()).max(256) })
          .optional()
          .describe('Of the test questions: one hash of all, and the smallest of each'),
      })
      .optional()
      .describe(
        "manifest: what the candidate's own package says of its training; size: of a base, where no candidate is",
      ),
  })
  .meta({ title: 'evaluation/report.json' });
export type EvaluationReport = z.infer<typeof evaluationReportSchema>;

/** evaluation/probes.json: what the live endpoint must answer. */
export const probesSchema = z
  .object({
    engine: z.enum(ENGINES).default('float32').describe('What computed the vectors, and is to compute the live ones'),
    maxSeqLength: z.int().min(0).optional().describe('Tokens that the model reads of a text; 0: all'),
    probes: z
      .array(
        z.object({
          text: z.string(),
          kind: z.enum(['query', 'document']),
          vector: z.array(z.number()).min(1).describe("As the package's own handler gives it"),
          float32: z.array(z.number()).min(1).optional().describe('The same in float32, where the engine is another'),
        }),
      )
      .min(1),
  })
  .meta({ title: 'evaluation/probes.json' });
export type Probe = z.infer<typeof probesSchema>['probes'][number];

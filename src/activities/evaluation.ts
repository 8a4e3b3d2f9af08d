/**
 * Reads the few numbers of an evaluation that the gate decides on. The report itself stays in S3.
 * @module
 */
import { z } from 'zod';
import { readJson } from '../aws/s3.js';
import { fail } from '../spec/failures.js';
import type { EvaluationSummary } from '../run/evaluation.js';
import { calling, now } from './call.js';
import type { Deps } from './deps.js';

const score = z.object({ mean: z.number(), low: z.number(), high: z.number() });
const metrics = z.record(z.string(), score);
const comparison = z.object({
  metric: z.string(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  confidence: z.number(),
  wins: z.number(),
  ties: z.number(),
  losses: z.number(),
});

const report = z.object({
  summary: z.object({
    questions: z.int().min(0),
    passages: z.int().min(0),
    metrics: z.object({
      bm25: metrics.optional(),
      base: metrics.optional(),
      incumbent: metrics.optional(),
      candidate: metrics.optional(),
    }),
    comparisons: z.record(z.string(), comparison),
    guards: z
      .array(
        z.object({
          name: z.string(),
          questions: z.int().min(0),
          passages: z.int().min(0),
          against: z.enum(['base', 'incumbent']),
          scores: z.object({ base: score.optional(), incumbent: score.optional(), candidate: score.optional() }),
          comparison,
          inTraining: z.int().min(0).default(0),
        }),
      )
      .optional(),
    warnings: z.array(z.string()).default([]),
  }),
  /** What the candidate's own package says of its training. */
  settings: z.object({ manifest: z.object({ dataHash: z.string().optional() }).optional() }).optional(),
});

/** Far below what Temporal takes; a summary of this size is no summary. */
const MOST_BYTES = 60_000;

export interface ReadEvaluation {
  summary: EvaluationSummary;
  /** Digest of the pairs that training read. */
  pairsHash?: string;
  calledAt: string;
}

export const createEvaluationActivities = (deps: Deps) => ({
  /** @throws EvaluationUnusable (final): the report is missing, malformed or too large */
  async readEvaluation({ uri }: { uri: string }): Promise<ReadEvaluation> {
    const calledAt = now();
    const raw = await calling(`reading ${uri}`, deps, () => readJson(deps.s3, uri)).catch((error: unknown) => {
      if (error instanceof SyntaxError) throw fail('EvaluationUnusable', `${uri} is not JSON: ${error.message}`);
      throw error;
    });
    const parsed = report.safeParse(raw);
    if (!parsed.success) throw fail('EvaluationUnusable', `${uri}: ${z.prettifyError(parsed.error).slice(0, 1000)}`);
    const { summary, settings } = parsed.data;
    const bytes = Buffer.byteLength(JSON.stringify(summary));
    if (bytes > MOST_BYTES) {
      throw fail('EvaluationUnusable', `the summary in ${uri} has ${bytes} bytes, at most ${MOST_BYTES} are taken`);
    }
    return { summary, pairsHash: settings?.manifest?.dataHash, calledAt };
  },
});

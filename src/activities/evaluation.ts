/**
 * Reads the few numbers of an evaluation that the gate decides on, and notes that its questions decide. The report itself stays
 * in S3.
 * @module
 */
import { z } from 'zod';
import { readJson } from '../aws/s3.js';
import { fail } from '../spec/failures.js';
import { evaluationReportSchema, type EvaluationSummary, type ModelSize } from '../run/evaluation.js';
import type { Run } from '../run/run.js';
import { calling, now } from './call.js';
import type { Deps } from './deps.js';
import { noteLook } from './looks.js';

/** No more than the gate decides on: what is shown to people is not its business. */
const decidedOn = evaluationReportSchema.pick({ summary: true, settings: true });

/** Far below what Temporal takes; a summary of this size is no summary. */
const MOST_BYTES = 60_000;

export interface ReadEvaluation {
  summary: EvaluationSummary;
  /** Digest of the pairs that training read. */
  pairsHash?: string;
  /** Of a base that was evaluated without a candidate. */
  size?: ModelSize;
  /** How often its questions have decided before. Absent: nothing is decided. */
  looks?: number;
  calledAt: string;
}

export const createEvaluationActivities = (deps: Deps) => ({
  /**
   * @param run  on whose model these numbers decide: that is noted. Absent: they decide nothing
   * @throws EvaluationUnusable (final): the report is missing, malformed or too large
   */
  async readEvaluation({ uri, run }: { uri: string; run?: Run }): Promise<ReadEvaluation> {
    const calledAt = now();
    const raw = await calling(`reading ${uri}`, deps, () => readJson(deps.s3, uri)).catch((error: unknown) => {
      if (error instanceof SyntaxError) throw fail('EvaluationUnusable', `${uri} is not JSON: ${error.message}`);
      throw error;
    });
    const parsed = decidedOn.safeParse(raw);
    if (!parsed.success) throw fail('EvaluationUnusable', `${uri}: ${z.prettifyError(parsed.error).slice(0, 1000)}`);
    const { summary, settings } = parsed.data;
    const bytes = Buffer.byteLength(JSON.stringify(summary));
    if (bytes > MOST_BYTES) {
      throw fail('EvaluationUnusable', `the summary in ${uri} has ${bytes} bytes, at most ${MOST_BYTES} are taken`);
    }
    const looks = run && settings?.test && (await noteLook(deps, run, settings.test, summary));
    return { summary, pairsHash: settings?.manifest?.dataHash, size: settings?.size, looks, calledAt };
  },
});

/**
 * Whether a model gets better over its retrainings: the scores of a name's runs, and which of them were asked the same questions.
 * @module
 */
import { json } from 'node:stream/consumers';
import { evaluationReportSchema, type Comparison, type Score } from '../../run/evaluation.js';
import { endOf, type Progress, type RunStatus } from '../../run/progress.js';
import type { Lineage } from '../../run/lineage.js';
import { AttuneError } from '../../spec/attuneError.js';
import { readObject, type AwsClients } from '../aws.js';
import type { RunSummary } from './list.js';
import type { Told } from './told.js';

export interface TrendPoint {
  workflowId: string;
  runId: string;
  /** ISO 8601. */
  startedAt: string;
  status: RunStatus | 'unproven';
  /** The gate's. */
  metric: string;
  candidate: Score;
  /** What it had to beat, on the same questions. */
  against: { system: 'base' | 'incumbent'; score?: Score; gain?: Comparison };
  /** Digest of the test questions. Scores of two runs compare only where it is the same. Absent: not known any more. */
  testHash?: string;
  questions?: number;
  /** Where the run put its model into service. */
  endpoint?: string;
  /** Where its model comes from and where it went. */
  lineage: Lineage;
}

export interface TrendOptions {
  /** Of the runs that are looked at, the latest so many. Default 50. */
  limit?: number;
}

/** The evaluated runs of a name, oldest first. @throws AttuneError RunNotFound where the name has no run at all */
export async function trend(
  told: Told,
  { s3 }: Pick<AwsClients, 's3'>,
  name: string,
  { limit = 50 }: TrendOptions = {},
): Promise<TrendPoint[]> {
  const runs = await told.list({ name, limit });
  if (runs.length === 0)
    throw new AttuneError('RunNotFound', `no run of the name ${name} is known`, '`attune list` shows the runs');
  const scored = runs.filter(({ bestScore }) => bestScore !== undefined);
  const points = await Promise.all(scored.map(async (run) => pointOf(run, await told.progress(run.runId), s3)));
  return points.filter((point) => point !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

async function pointOf(run: RunSummary, progress: Progress, s3: AwsClients['s3']): Promise<TrendPoint | undefined> {
  const { lineage } = progress;
  const measured = lineage?.metrics;
  const candidate = measured && progress.metrics.candidate?.[measured.metric];
  if (!measured || !candidate) return undefined;
  const { metric, against, gain } = measured;
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    startedAt: run.startedAt,
    status: endOf(progress),
    metric,
    candidate,
    against: { system: against, score: progress.metrics[against]?.[metric], gain },
    testHash: await testHashOf(progress, s3),
    questions: progress.asked?.count,
    endpoint: progress.endpoint?.status === 'InService' ? progress.endpoint.name : undefined,
    lineage,
  };
}

/** Undefined where the report is gone, or of a version that did not say. */
async function testHashOf({ artifacts }: Progress, s3: AwsClients['s3']): Promise<string | undefined> {
  const uri = artifacts['report'];
  if (uri === undefined) return undefined;
  try {
    const report = evaluationReportSchema.pick({ settings: true }).safeParse(await json(await readObject(s3(), uri)));
    return report.data?.settings?.test?.hash;
  } catch (error) {
    if (error instanceof AttuneError && error.type === 'NotAvailable') return undefined;
    throw error;
  }
}

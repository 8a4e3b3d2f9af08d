/**
 * Two runs side by side: what they reached and how they were asked.
 * @module
 */
import { SYSTEMS, type Score, type System } from '../../run/evaluation.js';
import type { Asked } from '../../run/origins.js';
import type { Lineage } from '../../run/lineage.js';
import type { Progress, RunStatus } from '../../run/progress.js';
import { questionsCompared, type QuestionsCompared, type ReadText } from './pairedRuns.js';
import type { Told } from './told.js';

export interface ComparedRun {
  workflowId: string;
  status: RunStatus;
  decision?: Progress['decision'];
  /** The questions that its scores are measured on. */
  asked?: Asked;
  costUsd?: number;
  /** Seconds of all jobs together. */
  jobSeconds: number;
}

export interface ComparedMetric {
  system: System;
  metric: string;
  a?: Score;
  b?: Score;
  /** b minus a, where both are there. No paired test: see `paired`. */
  difference?: number;
}

export interface RunComparison extends QuestionsCompared {
  a: ComparedRun;
  b: ComparedRun;
  metrics: ComparedMetric[];
  /** Where the two models come from and where they went, as far as that differs; null where one has none. */
  lineage: { field: string; a: unknown; b: unknown }[];
  /** Fields of the resolved specs that differ; null where one has none. */
  spec: FieldDifference[];
}

export interface FieldDifference {
  field: string;
  a: unknown;
  b: unknown;
}

/** @param read  reads the runs' evaluations; without it nothing is said of their questions */
export async function compare(told: Told, idA: string, idB: string, read?: ReadText): Promise<RunComparison> {
  const [a, b] = await Promise.all([look(told, idA), look(told, idB)]);
  const asked = read ? await questionsCompared(a.progress, b.progress, read) : { questions: 'unknown' as const };
  return {
    ...asked,
    a: runOf(a.progress),
    b: runOf(b.progress),
    metrics: metricsOf(a.progress, b.progress),
    lineage: differences(tracedIn(a.progress), tracedIn(b.progress)),
    spec: differences(a.spec, b.spec),
  };
}

async function look(told: Told, id: string): Promise<{ progress: Progress; spec: unknown }> {
  const progress = await told.progress(id);
  return { progress, spec: await told.spec(progress, id) };
}

/** Without the numbers, which stand beside each other anyway. */
function tracedIn({ lineage }: Progress): Omit<Lineage, 'metrics'> | undefined {
  const { metrics: _, ...rest } = lineage ?? { base: undefined };
  return lineage && (rest as Omit<Lineage, 'metrics'>);
}

const runOf = ({ workflowId, status, decision, asked, cost, jobs }: Progress): ComparedRun => ({
  workflowId,
  status,
  decision,
  asked,
  costUsd: cost.accruedUsd,
  jobSeconds: jobs.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
});

function metricsOf(a: Progress, b: Progress): ComparedMetric[] {
  return SYSTEMS.flatMap((system) => {
    const names = new Set([...Object.keys(a.metrics[system] ?? {}), ...Object.keys(b.metrics[system] ?? {})]);
    return [...names].map((metric) => {
      const [scoreA, scoreB] = [a.metrics[system]?.[metric], b.metrics[system]?.[metric]];
      return {
        system,
        metric,
        a: scoreA,
        b: scoreB,
        difference: scoreA && scoreB ? scoreB.mean - scoreA.mean : undefined,
      };
    });
  });
}

export function differences(a: unknown, b: unknown, field = ''): FieldDifference[] {
  if (isMapping(a) && isMapping(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => differences(a[key], b[key], field ? `${field}.${key}` : key));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ field, a: a ?? null, b: b ?? null }];
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

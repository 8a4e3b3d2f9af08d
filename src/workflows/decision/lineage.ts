/**
 * The short forms of a run's lineage: what the gate's report adds to it, and what lists show of it.
 * @module
 */
import { upsertMemo } from '@temporalio/workflow';
import type { FineTuneSpec } from '../../spec/schema.js';
import type { EvaluationSummary } from '../../run/evaluation.js';
import type { JobView } from '../../run/jobs.js';
import { askedIn } from '../../run/origins.js';
import { LINEAGE, type Lineage, type ListedLineage } from '../../run/lineage.js';

/** The job whose model is the candidate; of a search also the trial that made it. */
export function trainedBy(jobs: readonly JobView[]): Pick<Lineage, 'trainingJob' | 'tuningJob'> {
  const job = jobs.findLast(({ kind }) => kind === 'training' || kind === 'tuning');
  return job?.kind === 'tuning'
    ? { tuningJob: job.name, trainingJob: job.trials?.best?.name }
    : { trainingJob: job?.name };
}

/** What was measured, in brief. */
export function measured(
  summary: EvaluationSummary,
  { metric }: FineTuneSpec['gate'],
  hasIncumbent: boolean,
): NonNullable<Lineage['metrics']> {
  const { metrics, comparisons } = summary;
  const against = hasIncumbent ? 'incumbent' : 'base';
  const means = Object.entries(metrics).flatMap(([system, scores]) => {
    const mean = scores[metric]?.mean;
    return mean === undefined ? [] : [[system, mean] as const];
  });
  const gain = comparisons[`candidate-${against}`];
  return { metric, asked: askedIn(summary), means: Object.fromEntries(means), against, gain };
}

/** A memo, because visibility's few search attributes are not spent on what nobody searches by. */
export function tellLists({ dataHash, metrics, endpoint }: Lineage, decision?: ListedLineage['decision']): void {
  const listed: ListedLineage = {
    dataHash,
    gain: metrics?.gain?.difference,
    origins: metrics?.asked?.origins,
    endpoint,
    decision,
  };
  upsertMemo({ [LINEAGE]: listed });
}

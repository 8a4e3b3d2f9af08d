/**
 * Bases compared as they are, before anybody pays for a training: one evaluation each, on the same questions.
 * @module
 */
import { isCancellation } from '@temporalio/workflow';
import type { Run } from '../../activities/types.js';
import { baseFilesOf } from '../../run/files.js';
import { askedIn, type Origins } from '../../run/origins.js';
import type { ComparedModel } from '../../run/progress.js';
import type { FailureType } from '../../spec/failures.js';
import { io } from '../waits/activities.js';
import { rootFailure } from '../waits/failure.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';

/**
 * One after the other: quotas of processing instances are small. A base that cannot be evaluated is said and left out.
 *
 * @param bases  the spec's
 * @throws the failure of the last one, where none could be evaluated
 */
export async function compareBases(at: At, run: Run, bases: readonly string[]): Promise<void> {
  const { state, redraw } = at;
  enter(at, 'evaluate');
  let done = 0;
  let last: unknown;
  for (const [index, name] of bases.entries()) {
    try {
      state.compares(run.spec.gate.metric, await evaluated(at, run, index, name, done === 0));
      done += 1;
    } catch (error) {
      const failure = rootFailure(error);
      if (isCancellation(error) || failure?.type !== ('JobFailed' satisfies FailureType)) throw error;
      state.compares(run.spec.gate.metric, { models: [{ system: 'base', name, failure: failure.message }] });
      last = error;
    }
    redraw();
  }
  if (done === 0) throw last;
}

/** @param isFirst  of those that could be evaluated: BM25 and the model in service are taken from it */
async function evaluated(
  { state, attempts }: At,
  run: Run,
  index: number,
  name: string,
  isFirst: boolean,
): Promise<{ questions: number; origins: Origins; models: ComparedModel[] }> {
  const untuned = { index, withIncumbent: isFirst, hasEarlier: !isFirst };
  const { plan } = await attempts.run(run, { stage: 'evaluate', untuned });
  const { report, reportHtml } = baseFilesOf(run, index);
  const { summary, size } = await io(options.read, `read the evaluation of ${name}`).readEvaluation({ uri: report });
  state.addArtifacts({ report, reportHtml });
  if (plan.incumbent) state.traces({ incumbent: plan.incumbent });
  const { bm25, base, incumbent } = summary.metrics;
  return {
    questions: summary.questions,
    origins: askedIn(summary).origins,
    models: [
      ...(isFirst && bm25 ? [{ system: 'bm25' as const, name: 'BM25', metrics: bm25 }] : []),
      ...(incumbent ? [{ system: 'incumbent' as const, name: 'in service', metrics: incumbent }] : []),
      { system: 'base', name, metrics: base, size },
    ],
  };
}

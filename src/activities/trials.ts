/**
 * The training jobs of a tuning job, as its list has them.
 * @module
 */
import {
  ListTrainingJobsForHyperParameterTuningJobCommand,
  type HyperParameterTrainingJobSummary,
} from '@aws-sdk/client-sagemaker';
import type { TrialsView, TrialView } from '../run/jobs.js';
import { TUNED, type TunedName } from '../spec/searchSpace.js';
import { TRAINER_NAMES } from '../spec/trainer.js';
import { brief } from '../run/brief.js';
import type { Deps } from './deps.js';

export interface Trial extends TrialView {
  failureReason?: string;
}

/** All of them, in the order of their creation. */
export async function listTrials({ sageMaker }: Pick<Deps, 'sageMaker'>, tuningJob: string): Promise<Trial[]> {
  const trials: Trial[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sageMaker.send(
      new ListTrainingJobsForHyperParameterTuningJobCommand({
        HyperParameterTuningJobName: tuningJob,
        SortBy: 'CreationTime',
        SortOrder: 'Ascending',
        MaxResults: 100,
        NextToken,
      }),
    );
    trials.push(...(page.TrainingJobSummaries ?? []).map(trialOf));
    NextToken = page.NextToken;
  } while (NextToken);
  return trials;
}

function trialOf(job: HyperParameterTrainingJobSummary): Trial {
  const { TrainingStartTime: start, TrainingEndTime: end = new Date() } = job;
  return {
    name: job.TrainingJobName!,
    status: job.TrainingJobStatus!,
    parameters: parametersOf(job.TunedHyperParameters ?? {}),
    metric: job.FinalHyperParameterTuningJobObjectiveMetric?.Value,
    seconds: start && Math.max(0, Math.ceil((end.getTime() - start.getTime()) / 1000)),
    failureReason: job.FailureReason && brief(job.FailureReason),
  };
}

/** By the spec's names; the toolkit's values are JSON. */
function parametersOf(tuned: Record<string, string>): Record<string, number> {
  return Object.fromEntries(
    (Object.keys(TUNED) as TunedName[]).flatMap((name) => {
      const value = tuned[TRAINER_NAMES[name]];
      return value === undefined ? [] : [[name, Number(value.replaceAll('"', ''))]];
    }),
  );
}

/** A training that was stopped leaves no model, however good it looked. */
export function bestOf(trials: readonly Trial[]): Trial | undefined {
  const able = trials.filter(({ status, metric }) => status === 'Completed' && metric !== undefined);
  return able.reduce<Trial | undefined>(
    (best, trial) => (best && best.metric! >= trial.metric! ? best : trial),
    undefined,
  );
}

/** A history carries the view once a move: 10 trials are about 2 KB. */
const MOST_SHOWN = 10;

/** The best, then the newest. */
export function shownOf(trials: readonly Trial[]): Pick<TrialsView, 'best' | 'shown'> {
  const best = bestOf(trials);
  const others = trials.filter((trial) => trial !== best).reverse();
  const shown = [...(best ? [best] : []), ...others].slice(0, MOST_SHOWN).map(viewOf);
  return { best: best && viewOf(best), shown };
}

export const viewOf = ({ name, status, parameters, metric, seconds }: Trial): TrialView => ({
  name,
  status,
  parameters,
  metric,
  seconds,
});

/**
 * Rules on what a run is called, how often it looks, and what tracks it.
 * @module
 */
import { problem } from '../problem.js';
import type { Rule } from './rule.js';

/** What attune keeps beside the folders of all specs. `_runs` is there too, which no name can be. */
const TAKEN = ['code', 'inputs', 'bases', 'doctor'];

const namesLeaveAttunesOwnFoldersAlone: Rule = ({ name }) =>
  TAKEN.includes(name)
    ? [
        problem(
          'name',
          name,
          `none of ${TAKEN.join(', ')}: attune keeps its own things in S3 under these names`,
          'choose another name',
        ),
      ]
    : [];

const freshJobsAreLookedAtMoreOften: Rule = ({ timings: { freshPollSeconds, pollSeconds } }) =>
  freshPollSeconds <= pollSeconds
    ? []
    : [
        problem(
          'timings.freshPollSeconds',
          freshPollSeconds,
          `at most timings.pollSeconds (${pollSeconds})`,
          'lower it, or raise timings.pollSeconds',
        ),
      ];

const trackingSaysWhere: Rule = ({ tracking }) =>
  tracking !== undefined && tracking.experiment === undefined && tracking.mlflow === undefined
    ? [problem('tracking', tracking, 'an experiment, mlflow, or both', 'name one, or remove tracking')]
    : [];

/** SageMaker takes an MLflow resource with CreateTrainingJob alone, and a search has no such call of its own. */
const mlflowTracksOneTraining: Rule = ({ tracking, tune }) =>
  tracking?.mlflow !== undefined && tune !== undefined
    ? [
        problem(
          'tracking.mlflow',
          tracking.mlflow.resourceArn,
          'not with tune: SageMaker tells MLflow of training jobs, and not of those of a tuning job',
          'remove one of them',
        ),
      ]
    : [];

export const runRules = {
  namesLeaveAttunesOwnFoldersAlone,
  freshJobsAreLookedAtMoreOften,
  trackingSaysWhere,
  mlflowTracksOneTraining,
} as const satisfies Record<string, Rule>;

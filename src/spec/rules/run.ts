/**
 * Rules on what a run is called, who is told, and how often it looks.
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

const eachWorkflowIsNotifiedOnce: Rule = ({ notify }) =>
  notify.flatMap(({ workflowId }, i) =>
    notify.findIndex((other) => other.workflowId === workflowId) < i
      ? [problem(`notify[${i}].workflowId`, workflowId, 'each workflow once', 'remove the repetition')]
      : [],
  );

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

export const runRules = {
  namesLeaveAttunesOwnFoldersAlone,
  eachWorkflowIsNotifiedOnce,
  freshJobsAreLookedAtMoreOften,
} as const satisfies Record<string, Rule>;

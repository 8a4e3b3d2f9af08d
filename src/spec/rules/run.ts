/**
 * Rules on who is told, and how often a run looks.
 * @module
 */
import { problem } from '../problem.js';
import type { Rule } from './rule.js';

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
  eachWorkflowIsNotifiedOnce,
  freshJobsAreLookedAtMoreOften,
} as const satisfies Record<string, Rule>;

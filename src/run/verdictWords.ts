/**
 * How a run came out, in a sentence: for the report's page and whoever else tells people of it.
 * @module
 */
import type { Decision, Progress } from './progress.js';
import { minuteUtc } from './times.js';

export interface VerdictWords {
  /** `open`: nobody has decided, or what was decided did not come about. */
  kind: 'passed' | 'rejected' | 'open';
  /** A few words, such as "Rejected". */
  word: string;
  /** What follows from it, without a full stop. */
  outcome: string;
}

/** Undefined while nothing is decided, and of a run that decides nothing. */
export function verdictWords(run: Progress): VerdictWords | undefined {
  const { status, decision, stage, endpoint, failure, approval } = run;
  if (decision === undefined) {
    if (status === 'failed')
      return { kind: 'open', word: 'Failed', outcome: `${stage} failed: ${firstSentence(failure)}` };
    return status === 'cancelled' ? { kind: 'open', word: 'Cancelled', outcome: `at ${stage}` } : undefined;
  }
  if (decision === 'unproven')
    return { kind: 'open', word: 'Unproven', outcome: 'too few questions to decide on: nothing was put into service' };
  if (decision === 'rejected')
    return {
      kind: 'rejected',
      word: 'Rejected',
      outcome: 'the gate did not let it pass: nothing was put into service',
    };
  switch (status) {
    case 'waitingForApproval':
      return { kind: 'open', word: 'Waits for approval', outcome: 'it passed the gate, and a person is to decide' };
    case 'rejected':
      return {
        kind: 'rejected',
        word: 'Rejected',
        outcome: `${approval?.by ?? 'a person'} decided against it: nothing was put into service`,
      };
    case 'failed':
      return {
        kind: 'open',
        word: 'Failed',
        outcome: `it passed the gate, then ${stage} failed: ${firstSentence(failure)}`,
      };
    case 'cancelled':
      return { kind: 'open', word: 'Cancelled', outcome: `it passed the gate, and was cancelled at ${stage}` };
    case 'done':
      return endpoint
        ? { kind: 'passed', word: 'In service', outcome: `endpoint ${endpoint.name} serves this model` }
        : { kind: 'passed', word: 'Passed', outcome: 'the model is packaged' };
    case 'running':
      return { kind: 'passed', word: 'Passed', outcome: `the run is at ${stage}` };
  }
}

const firstSentence = (failure: Progress['failure']): string =>
  (failure?.message ?? 'no reason was given').split(/\. |\n/)[0]!;

/** "Approved by R. Imai (from host) on 2026-01-05 09:12 UTC: looked at 20 questions" */
export const decisionWords = ({ verdict, by, reason, identity, at }: Decision): string =>
  `${verdict === 'approved' ? 'Approved' : 'Rejected'} by ${by}${identity ? ` (from ${identity})` : ''} on ` +
  `${minuteUtc(at)}${reason ? `: ${reason}` : ''}`;

/**
 * Whether there are test questions enough for the gate to decide anything, in one sentence.
 * @module
 */
import type { FineTuneSpec } from '../spec/schema.js';
import { admittedInWords, admittedOf, askedInWords, howToAsk, type Asked } from './origins.js';

/** What the gate finds, for or against the candidate. */
export interface Finding {
  good: boolean;
  reason: string;
}

type Gate = Pick<FineTuneSpec['gate'], 'minQuestions' | 'minGroups' | 'evidence'>;

/**
 * Whether there are enough questions of those that the spec lets decide, of enough groups.
 *
 * @param groups  of those that may decide; undefined: unknown
 */
export function enough(asked: Asked, groups: number | undefined, gate: Gate): Finding {
  const questions = enoughQuestions(asked, gate);
  return questions.good && groups !== undefined ? (tooFewGroups(groups, gate) ?? questions) : questions;
}

function enoughQuestions(asked: Asked, { minQuestions: least, evidence }: Gate): Finding {
  const words = askedInWords(asked);
  const admitted = admittedOf(asked, evidence);
  if (admitted === asked.count)
    return admitted >= least
      ? { good: true, reason: `${words}; at least ${least} asked for` }
      : { good: false, reason: `${words}, decide nothing: at least ${least} are needed` };
  const those = `gate.evidence goes by those ${admittedInWords(evidence)} alone, ${admitted}`;
  return admitted >= least
    ? { good: true, reason: `${words}; ${those}, and at least ${least} are asked for` }
    : { good: false, reason: `${words}; ${those}, of which at least ${least} are needed` };
}

/** Undefined where there are enough. Without `minGroups`, in a run that an earlier version settled, a single one is too few. */
export function tooFewGroups(groups: number, { minGroups = 2 }: Partial<Gate>): Finding | undefined {
  if (groups >= minGroups) return undefined;
  const of = groups === 1 ? 'one group' : `${groups} groups`;
  const reason = `test questions of ${of} decide nothing: questions of one group tell much the same, so at least ${minGroups} groups are needed`;
  return { good: false, reason };
}

export const MORE_GROUPS = 'to give questions about more documents, or more groups, or to lower gate.minGroups';

/** What would help where `enough` finds too few. */
export function moreProof(asked: Asked, gate: Gate): string {
  const missing = gate.minQuestions - admittedOf(asked, gate.evidence);
  return missing > 0 ? `to ${howToAsk(missing)}; or to widen gate.evidence, on record in the spec` : MORE_GROUPS;
}

/**
 * What the gate finds, one sentence each, for or against the candidate.
 * @module
 */
import { admittedInWords, admittedOf, askedInWords, howToAsk, type Asked } from '../../run/origins.js';
import type { FineTuneSpec } from '../../spec/schema.js';

export interface Finding {
  good: boolean;
  reason: string;
}

type Gate = Pick<FineTuneSpec['gate'], 'minQuestions' | 'evidence'>;

/** Whether there are enough questions of those that the spec lets decide. */
export function enough(asked: Asked, { minQuestions: least, evidence }: Gate): Finding {
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

/** What would help where `enough` finds too few. */
export const moreQuestions = (asked: Asked, { minQuestions, evidence }: Gate): string =>
  `to ${howToAsk(minQuestions - admittedOf(asked, evidence))}; or to widen gate.evidence, on record in the spec`;

/**
 * What the gate finds, one sentence each, for or against the candidate.
 * @module
 */
export interface Finding {
  good: boolean;
  reason: string;
}

export const enough = (questions: number, least: number): Finding =>
  questions >= least
    ? { good: true, reason: `${questions} test questions, at least ${least} asked for` }
    : { good: false, reason: `${questions} test questions decide nothing: at least ${least} are needed` };

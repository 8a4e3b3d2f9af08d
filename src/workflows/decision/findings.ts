/**
 * What the gate finds, one sentence each, for or against the candidate.
 * @module
 */
export interface Finding {
  good: boolean;
  reason: string;
}

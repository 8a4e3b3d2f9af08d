/**
 * What the gate finds, one sentence each, for or against the candidate.
 * @module
 */
export interface Finding {
  good: boolean;
  reason: string;
}

export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

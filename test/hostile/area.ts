/**
 * What an area of hostile inputs is, whatever language it is tried in.
 * @module
 */

export interface Bad {
  input: string;
  expected: string;
  seen: string;
}

export interface Area {
  name: string;
  /** Each input follows from the seed and its number alone. */
  run(inputs: number, seed: number): Promise<{ tried: number; bad: Bad[] }>;
}

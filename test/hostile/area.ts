/**
 * What an area of hostile inputs is, whatever language it is tried in: inputs that nobody should send, from a seed, and a
 * verdict on each answer.
 * @module
 */
import fc from 'fast-check';

/** An input that was not answered as it should be. */
export interface Bad {
  input: string;
  expected: string;
  seen: string;
}

export interface Verdict {
  tried: number;
  bad: Bad[];
}

export interface Area {
  name: string;
  /** Each input follows from the seed and its number alone. */
  run(inputs: number, seed: number): Promise<Verdict>;
}

/** Undefined where the answer is as it should be. */
export type Judge<T> = (input: T) => Promise<string | undefined> | string | undefined;

const SHOWN_CHARS = 200;

/** Draws inputs and judges each; a judge that throws is a bad answer too. */
export async function judged<T>(
  inputs: fc.Arbitrary<T>,
  { count, seed, expected }: { count: number; seed: number; expected: string },
  judge: Judge<T>,
): Promise<Verdict> {
  const verdict: Verdict = { tried: 0, bad: [] };
  for (const input of fc.sample(inputs, { numRuns: count, seed })) {
    verdict.tried += 1;
    const seen = await Promise.resolve()
      .then(() => judge(input))
      .catch((error: unknown) => `threw ${String(error)}`);
    if (seen !== undefined) verdict.bad.push({ input: fc.stringify(input).slice(0, SHOWN_CHARS), expected, seen });
  }
  return verdict;
}

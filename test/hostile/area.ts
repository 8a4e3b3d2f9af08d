/**
 * What an area of the hostile suite is: inputs that nobody should send, from a seed, and a verdict on each answer.
 * @module
 */
import fc from 'fast-check';

export interface Verdict {
  tried: number;
  /** Those that were not answered as they should be. */
  bad: { input: string; expected: string; seen: string }[];
}

export interface Area {
  name: string;
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

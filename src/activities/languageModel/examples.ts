/**
 * A few of a person's real questions for each request, so that a model sees how people ask without being led to what they ask.
 * @module
 */
import { sha256 } from '../../aws/hash.js';
import { readText } from '../../aws/s3.js';
import type { PassageToAsk } from '../../run/questions.js';
import type { Questions } from '../../spec/questionsSchema.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';

/** A handful shows the style; more would cost tokens with every passage. */
const SHOWN = 6;
/** Characters of one: what is longer is no question. */
const MOST = 300;

export async function examplesOf(
  deps: Deps,
  { examples, seed }: Pick<Questions, 'examples' | 'seed'>,
): Promise<ReturnType<typeof chosenExamples>> {
  if (examples === undefined) return () => [];
  const text = await calling(`reading ${examples}`, deps, () => readText(deps.s3, examples));
  return chosenExamples(text ?? '', seed);
}

/** @returns what is shown with a passage: the same ones each time it is asked about */
export function chosenExamples(text: string, seed: number): (passage: Pick<PassageToAsk, 'id'>) => string[] {
  const all = [...new Set(text.split(/\r?\n/).map((line) => line.trim()))].filter(
    (line) => line !== '' && line.length <= MOST,
  );
  return ({ id }) => {
    if (all.length <= SHOWN) return all;
    const from = parseInt(sha256(`${seed} ${id}`).slice(0, 8), 16) % all.length;
    const step = Math.floor(all.length / SHOWN);
    return Array.from({ length: SHOWN }, (_, i) => all[(from + i * step) % all.length]!);
  };
}

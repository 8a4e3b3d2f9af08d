/**
 * What a spec is not refused for, and a person should know before anything is paid.
 * @module
 */
import { ADMITTED, admittedInWords, howToAsk, type Evidence } from '../../run/origins.js';
import { nearestBase } from '../../spec/bases.js';
import type { FineTuneSpec } from '../../spec/schema.js';

export const warningsOf = (spec: FineTuneSpec): string[] => [...unprovenFromTheStart(spec), ...mistypedBases(spec)];

/** The hub has models of any name: one near to a known one is no error, and is looked for only once prepare is paid for. */
const mistypedBases = ({ base, bases = [] }: FineTuneSpec): string[] =>
  [...new Set([base, ...bases])].flatMap((one) => {
    const meant = nearestBase(one);
    return meant
      ? [`base ${one}: did you mean ${meant}? Any other model is looked for on the hub by the prepare job`]
      : [];
  });

/** Documents alone make test questions of headings, or have a model write them: what the gate then says is known already. */
function unprovenFromTheStart({ data, gate: { evidence, minQuestions }, bases }: FineTuneSpec): string[] {
  if (data.documents === undefined || data.test !== undefined || bases !== undefined) return [];
  const { made, needed } = data.questions
    ? { made: 'data.questions has a language model write the test questions', needed: 'generated' as const }
    : { made: 'data.documents makes the test questions from headings', needed: 'headings' as const };
  if (admits(evidence, needed)) return [];
  return [
    `${made}, and gate.evidence goes by questions ${admittedInWords(evidence)} alone, at least ${minQuestions}: the model will be trained and measured, but it will be unproven, and nothing is deployed. To have it proven, ${howToAsk(minQuestions)}. To go by them all the same, write gate: {evidence: ${needed}}`,
  ];
}

const admits = (evidence: Evidence, needed: Evidence): boolean => ADMITTED[evidence].length >= ADMITTED[needed].length;

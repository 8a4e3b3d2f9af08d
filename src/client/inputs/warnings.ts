/**
 * What a spec is not refused for, and a person should know before anything is paid.
 * @module
 */
import { admittedInWords, howToAsk } from '../../run/origins.js';
import type { FineTuneSpec } from '../../spec/schema.js';

export const warningsOf = (spec: FineTuneSpec): string[] => unprovenFromTheStart(spec);

/** Documents alone make test questions of headings: what the gate then says is known already. */
function unprovenFromTheStart({ data, gate: { evidence, minQuestions }, bases }: FineTuneSpec): string[] {
  if (data.documents === undefined || evidence !== 'people' || bases !== undefined) return [];
  return [
    `data.documents makes the test questions from headings, and gate.evidence goes by questions ${admittedInWords(evidence)} alone, at least ${minQuestions}: the model will be trained and measured, but it will be unproven, and nothing is deployed. To have it proven, ${howToAsk(minQuestions)}. To go by headings, write gate: {evidence: headings}`,
  ];
}

/**
 * The decision on a candidate: pure, so that the same numbers always give the same verdict.
 * @module
 */
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Comparison, EvaluationSummary, GuardView } from '../../run/evaluation.js';
import { admittedOf, askedIn, type Asked } from '../../run/origins.js';
import { enough, moreQuestions, type Finding } from './findings.js';
import type { GateVerdict } from '../../run/verdict.js';
import { percent, signed } from '../../run/numbers.js';
import { watch } from './guards.js';

export interface GateDecision {
  passed: boolean;
  verdict: GateVerdict;
  /** Sentences with the numbers, for and against. */
  reasons: string[];
  /** How the guard sets came out. */
  guards: GuardView[];
}

/**
 * The candidate must beat the base and, where one serves, the incumbent: each with the whole interval above `minGain`. On
 * the guard sets it must not be worse than the incumbent, or the base.
 */
export function decide(
  summary: EvaluationSummary,
  gate: FineTuneSpec['gate'],
  { hasIncumbent }: { hasIncumbent: boolean },
): GateDecision {
  const { metrics, guards } = summary;
  const asked = askedIn(summary);
  const rivals = hasIncumbent || metrics.incumbent ? (['base', 'incumbent'] as const) : (['base'] as const);
  const watched = watch({ guards }, gate, rivals.at(-1)!);
  const comparisons = comparisonsThatCount(summary, asked, gate);
  const proof = enough(asked, gate);
  const findings = [
    proof,
    ...rivals.map((rival) => against(rival, comparisons[`candidate-${rival}`], gate)),
    ...watched.findings,
  ];
  const passed = findings.every(({ good }) => good);
  return {
    passed,
    verdict: passed ? 'passed' : proof.good ? 'rejected' : 'unproven',
    reasons: [
      ...findings.map(({ reason }) => reason),
      ...(proof.good ? [] : [`it would help ${moreQuestions(asked, gate)}`]),
    ],
    guards: watched.views,
  };
}

/** On the questions that the spec lets decide; where there are none, on all: for people, as nothing is decided then. */
function comparisonsThatCount(
  { questions, comparisons, admitted }: EvaluationSummary,
  asked: Asked,
  { evidence }: FineTuneSpec['gate'],
): EvaluationSummary['comparisons'] {
  const those = admittedOf(asked, evidence);
  return those === questions || those === 0 ? comparisons : (admitted?.[evidence]?.comparisons ?? {});
}

function against(rival: string, comparison: Comparison | undefined, gate: FineTuneSpec['gate']): Finding {
  const { metric, confidence, minGain } = gate;
  if (comparison === undefined) return { good: false, reason: `the evaluation holds no comparison with the ${rival}` };
  if (comparison.metric !== metric) {
    return {
      good: false,
      reason: `the comparison with the ${rival} is in ${comparison.metric}, the gate asks for ${metric}`,
    };
  }
  const { difference, low, high } = comparison;
  const gain = `${metric} ${signed(difference)} against the ${rival} (${percent(comparison.confidence)} interval ${signed(low)} to ${signed(high)})`;
  if (comparison.confidence < confidence) {
    return { good: false, reason: `${gain}: the gate asks for a ${percent(confidence)} interval` };
  }
  return low > minGain
    ? { good: true, reason: `${gain}: all of it lies above ${minGain}` }
    : { good: false, reason: `${gain}: it does not lie above ${minGain}` };
}

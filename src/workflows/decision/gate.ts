/**
 * The decision on a candidate: pure, so that the same numbers always give the same verdict.
 * @module
 */
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Comparison, EvaluationSummary, GuardView } from '../../run/evaluation.js';
import { admittedOf, askedIn, type Asked } from '../../run/origins.js';
import { enough, moreProof, type Finding } from '../../run/proof.js';
import type { GateVerdict } from '../../run/verdict.js';
import { afterLooks } from '../../run/looks.js';
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
 * the guard sets it must not be worse than the better of the two.
 *
 * @param looks  how often these questions have decided before: the interval is then one of more confidence
 */
export function decide(
  summary: EvaluationSummary,
  gate: FineTuneSpec['gate'],
  { hasIncumbent, looks = 0 }: { hasIncumbent: boolean; looks?: number },
): GateDecision {
  const { metrics, guards } = summary;
  const asked = askedIn(summary);
  const rivals = hasIncumbent || metrics.incumbent ? (['base', 'incumbent'] as const) : (['base'] as const);
  const watched = watch({ guards }, gate, rivals);
  const { comparisons, groups } = whatCounts(summary, asked, gate);
  const proof = enough(asked, groups, gate);
  const findings = [
    proof,
    ...rivals.map((rival) =>
      against(rival, comparisons[`candidate-${rival}`], gate, { looks, groups: groups ?? summary.questions }),
    ),
    ...watched.findings,
  ];
  const passed = findings.every(({ good }) => good);
  return {
    passed,
    verdict: passed ? 'passed' : proof.good ? 'rejected' : 'unproven',
    reasons: [
      ...findings.map(({ reason }) => reason),
      ...(summary.served ? [summary.served.why] : []),
      ...(proof.good ? [] : [`it would help ${moreProof(asked, gate)}`]),
    ],
    guards: watched.views,
  };
}

/** Of the questions that the spec lets decide; where there are none, of all: for people, as nothing is decided then. */
function whatCounts(
  { questions, groups, comparisons, admitted }: EvaluationSummary,
  asked: Asked,
  { evidence }: FineTuneSpec['gate'],
): Pick<EvaluationSummary, 'comparisons' | 'groups'> {
  const those = admittedOf(asked, evidence);
  if (those === questions || those === 0) return { comparisons, groups };
  return admitted?.[evidence] ?? { comparisons: {} };
}

function against(
  rival: string,
  comparison: Comparison | undefined,
  { metric, confidence, minGain }: FineTuneSpec['gate'],
  { looks, groups }: { looks: number; groups: number },
): Finding {
  if (comparison === undefined) return { good: false, reason: `the evaluation holds no comparison with the ${rival}` };
  if (comparison.metric !== metric) {
    return {
      good: false,
      reason: `the comparison with the ${rival} is in ${comparison.metric}, the gate asks for ${metric}`,
    };
  }
  const { difference, low, high, confidence: shown } = afterLooks(comparison, looks, groups);
  const gain = `${metric} ${signed(difference)} against the ${rival} (${percent(shown)} interval ${signed(low)} to ${signed(high)}${again(looks)})`;
  if (comparison.confidence < confidence) {
    return { good: false, reason: `${gain}: the gate asks for a ${percent(confidence)} interval` };
  }
  return low > minGain
    ? { good: true, reason: `${gain}: all of it lies above ${minGain}` }
    : { good: false, reason: `${gain}: it does not lie above ${minGain}` };
}

/** ", as these questions have decided 3 times before" */
function again(looks: number): string {
  const times = Number(looks.toFixed(1));
  return times === 0 ? '' : `, as these questions have decided ${times === 1 ? 'once' : `${times} times`} before`;
}

/**
 * Guard sets: on these questions the candidate must not be worse than the better of base and model in service, so that what
 * each retraining may lose does not add up. A test of non-inferiority with a third answer: questions that cannot tell are said
 * to be so.
 * @module
 */
import type { FineTuneSpec } from '../../spec/schema.js';
import type { EvaluationSummary, GuardScores, GuardView } from '../../run/evaluation.js';
import { tooFewGroups, type Finding } from '../../run/proof.js';
import { percent, signed } from '../../run/numbers.js';

type Gate = FineTuneSpec['gate'];
type Guard = Gate['guards'][number];
type Rival = GuardScores['against'];

/** Fewer prove nothing, however they come out: the resampled intervals of a handful are too narrow. */
export const LEAST_QUESTIONS = 30;

/** A finding on each guard of the spec, and how those came out that were scored. */
export function watch(
  { guards = [] }: Pick<EvaluationSummary, 'guards'>,
  gate: Gate,
  rivals: readonly Rival[],
): { findings: Finding[]; views: GuardView[] } {
  const judged = gate.guards.map((guard) =>
    judge(
      guard,
      gate,
      rivals,
      guards.find(({ name }) => name === guard.name),
    ),
  );
  return {
    findings: judged.map(({ finding }) => finding),
    views: judged.flatMap(({ view }) => (view ? [view] : [])),
  };
}

function judge(
  { name, tolerance, inconclusive }: Guard,
  gate: Gate,
  rivals: readonly Rival[],
  found: GuardScores | undefined,
): { finding: Finding; view?: GuardView } {
  const { metric, confidence } = gate;
  const refused = (why: string) => ({ finding: { good: false, reason: `guard ${name}: ${why}` } });
  if (found === undefined) return refused('the evaluation holds no scores of it');
  const { against: rival, comparison, questions, groups, scores } = found;
  const unasked = rivals.find((one) => scores[one] === undefined) ?? (rivals.includes(rival) ? undefined : rivals[0]);
  const score = scores[rival]?.mean;
  if (unasked !== undefined || score === undefined)
    return refused(`the evaluation does not compare with the ${unasked ?? rival}`);
  // An evaluation of an earlier version, which does not tell the groups, compared with the model in service.
  if (groups !== undefined && rivals.some((one) => scores[one]!.mean > score))
    return refused(`the evaluation compares with the ${rival}, which is not the better of ${rivals.join(' and ')}`);
  if (comparison.metric !== metric) return refused(`it is scored in ${comparison.metric}, the gate asks for ${metric}`);
  if (comparison.confidence < confidence) {
    return refused(
      `its interval is one of ${percent(comparison.confidence)}, the gate asks for ${percent(confidence)}`,
    );
  }
  const mayLose = tolerance * score;
  const { difference, low, high } = comparison;
  const few = groups !== undefined && tooFewGroups(groups, gate) !== undefined;
  const tells = questions >= LEAST_QUESTIONS && !few;
  const verdict = high < -mayLose ? 'lost' : tells && low >= -mayLose ? 'held' : 'inconclusive';
  const gain = `${metric} ${signed(difference)} against the ${rival} (${percent(comparison.confidence)} interval ${signed(low)} to ${signed(high)})`;
  const limit = `${mayLose.toFixed(3)} may be lost`;
  const words = {
    held: `${gain}: not worse, ${limit}`,
    lost: `${gain}: worse, ${limit}`,
    inconclusive: `inconclusive, ${questions} questions${few ? ` of ${groups} ${groups === 1 ? 'group' : 'groups'}` : ''} cannot tell: ${gain}, ${limit}; ${
      inconclusive === 'allow' ? 'the gate decides without it' : 'gate.guards asks for proof'
    }`,
  }[verdict];
  const good = verdict === 'held' || (verdict === 'inconclusive' && inconclusive === 'allow');
  return {
    finding: { good, reason: `guard ${name}: ${words}` },
    view: { ...found, tolerance, mayLose, verdict },
  };
}

/**
 * What the gate must refuse whatever the training would give: said before it is paid for.
 * @module
 */
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Counted } from '../../run/dataReport.js';
import type { GateVerdict } from '../../run/verdict.js';
import { askedIn } from '../../run/origins.js';
import { enough, MORE_GROUPS, moreProof, tooFewGroups, type Finding } from '../../run/proof.js';
import { LEAST_QUESTIONS } from './guards.js';

/**
 * @param counted  what the evaluation would ask
 * @returns        its verdict, with the reasons, then what would help
 */
export function foreseen(counted: Counted, gate: FineTuneSpec['gate']): Foresight {
  const { questions, of, groups, guards = {} } = counted;
  const findings = [
    ...(questions === undefined ? [] : [tooFew(counted, questions, of, gate.minQuestions)]),
    ...(groups === undefined ? [] : [fewGroups(groups, gate)]),
    ...gate.guards.flatMap(({ name, inconclusive }) =>
      guards[name] === undefined || inconclusive === 'allow' ? [] : [weakGuard(name, guards[name], gate)],
    ),
  ];
  const bad = findings.filter(({ good }) => !good);
  return {
    verdict: isProof(counted, gate) ? 'rejected' : 'unproven',
    reasons:
      bad.length === 0 ? [] : [...bad.map(({ reason }) => reason), ...bad.map(({ help }) => `it would help ${help}`)],
  };
}

/**
 * Enough questions, and too few of those that may decide: the training can still be wanted, and what it leaves is taken over
 * once there are more, so the run goes on and says so.
 *
 * @returns a sentence; undefined where there are enough
 */
export function unprovenSoFar(counted: Counted, gate: FineTuneSpec['gate']): string | undefined {
  if (counted.questions === undefined) return undefined;
  const asked = askedIn({ questions: counted.questions, origins: counted.origins });
  const { good, reason } = enough(asked, counted.groups, gate);
  return good
    ? undefined
    : `whatever the training gives will be unproven: ${reason}. It would help ${moreProof(asked, gate)}`;
}

export interface Foresight {
  verdict: Exclude<GateVerdict, 'passed'>;
  /** Empty where the gate may come to another one. */
  reasons: string[];
}

interface Foreseen extends Finding {
  help: string;
}

const isProof = ({ questions = Infinity, groups = Infinity }: Counted, gate: FineTuneSpec['gate']): boolean =>
  questions >= gate.minQuestions && tooFewGroups(groups, gate) === undefined;

function tooFew({ origins }: Counted, questions: number, of: number | undefined, least: number): Foreseen {
  const share = of === undefined ? 1 : Math.ceil((least / of) * 20) / 20;
  const split = share <= 0.5 ? `to set data.split.test: ${share} (there are ${of} questions in all), ` : '';
  const all = enough(askedIn({ questions, origins }), undefined, {
    minQuestions: least,
    minGroups: 0,
    evidence: 'generated',
  });
  return { ...all, help: `${split}to give more questions, or to lower gate.minQuestions` };
}

const fewGroups = (groups: number, gate: FineTuneSpec['gate']): Foreseen => ({
  ...(tooFewGroups(groups, gate) ?? { good: true, reason: '' }),
  help: MORE_GROUPS,
});

/** A group has at least one question. */
function weakGuard(name: string, questions: number, { minGroups = 0 }: Partial<FineTuneSpec['gate']>): Foreseen {
  const least = Math.max(LEAST_QUESTIONS, minGroups);
  return {
    good: questions >= least,
    reason: `guard ${name}: inconclusive, ${questions} questions cannot tell; gate.guards asks for proof`,
    help: `to give guard ${name} at least ${least} questions, or inconclusive: allow`,
  };
}

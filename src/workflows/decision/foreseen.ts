/**
 * What the gate must refuse whatever the training would give: said before it is paid for.
 * @module
 */
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Counted } from '../../run/dataReport.js';
import type { GateVerdict } from '../../run/verdict.js';
import { askedIn } from '../../run/origins.js';
import { enough, moreQuestions, type Finding } from './findings.js';
import { LEAST_QUESTIONS } from './guards.js';

/**
 * @param counted  what the evaluation would ask
 * @returns        its verdict, with the reasons, then what would help
 */
export function foreseen(counted: Counted, gate: FineTuneSpec['gate']): Foresight {
  const { questions, of, groups, guards = {} } = counted;
  const findings = [
    ...(questions === undefined ? [] : [tooFew(counted, questions, of, gate.minQuestions)]),
    ...(groups === undefined ? [] : [oneGroup(groups)]),
    ...gate.guards.flatMap(({ name, inconclusive }) =>
      guards[name] === undefined || inconclusive === 'allow' ? [] : [weakGuard(name, guards[name])],
    ),
  ];
  const bad = findings.filter(({ good }) => !good);
  return {
    verdict: (questions ?? Infinity) < gate.minQuestions ? 'unproven' : 'rejected',
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
  const { good, reason } = enough(asked, gate);
  return good
    ? undefined
    : `whatever the training gives will be unproven: ${reason}. It would help ${moreQuestions(asked, gate)}`;
}

export interface Foresight {
  verdict: Exclude<GateVerdict, 'passed'>;
  /** Empty where the gate may come to another one. */
  reasons: string[];
}

interface Foreseen extends Finding {
  help: string;
}

function tooFew({ origins }: Counted, questions: number, of: number | undefined, least: number): Foreseen {
  const share = of === undefined ? 1 : Math.ceil((least / of) * 20) / 20;
  const split = share <= 0.5 ? `to set data.split.test: ${share} (there are ${of} questions in all), ` : '';
  const all = enough(askedIn({ questions, origins }), { minQuestions: least, evidence: 'generated' });
  return { ...all, help: `${split}to give more questions, or to lower gate.minQuestions` };
}

const oneGroup = (groups: number): Foreseen => ({
  good: groups > 1,
  reason: 'all test questions belong to one group: no interval can be given, and nothing is proven',
  help: 'to give questions about more documents, or more groups',
});

const weakGuard = (name: string, questions: number): Foreseen => ({
  good: questions >= LEAST_QUESTIONS,
  reason: `guard ${name}: inconclusive, ${questions} questions cannot tell; gate.guards asks for proof`,
  help: `to give guard ${name} at least ${LEAST_QUESTIONS} questions, or inconclusive: allow`,
});

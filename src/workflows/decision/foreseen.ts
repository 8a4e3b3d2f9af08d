/**
 * What the gate must refuse whatever the training would give: said before it is paid for.
 * @module
 */
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Counted } from '../../run/dataReport.js';
import { enough, type Finding } from './findings.js';
import { LEAST_QUESTIONS } from './guards.js';

/**
 * @param counted  what the evaluation would ask
 * @returns        the reasons, then what would help; empty where the gate may pass
 */
export function foreseen({ questions, of, groups, guards = {} }: Counted, gate: FineTuneSpec['gate']): string[] {
  const findings = [
    ...(questions === undefined ? [] : [tooFew(questions, of, gate.minQuestions)]),
    ...(groups === undefined ? [] : [oneGroup(groups)]),
    ...gate.guards.flatMap(({ name, inconclusive }) =>
      guards[name] === undefined || inconclusive === 'allow' ? [] : [weakGuard(name, guards[name])],
    ),
  ];
  const bad = findings.filter(({ good }) => !good);
  return bad.length === 0
    ? []
    : [...bad.map(({ reason }) => reason), ...bad.map(({ help }) => `it would help ${help}`)];
}

interface Foreseen extends Finding {
  help: string;
}

function tooFew(questions: number, of: number | undefined, least: number): Foreseen {
  const share = of === undefined ? 1 : Math.ceil((least / of) * 20) / 20;
  const split = share <= 0.5 ? `to set data.split.test: ${share} (there are ${of} questions in all), ` : '';
  return { ...enough(questions, least), help: `${split}to give more questions, or to lower gate.minQuestions` };
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

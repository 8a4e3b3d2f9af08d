/**
 * What a spec has to say so that its own gate can decide on the questions that there are.
 * @module
 */
import type { DataReport, GateOutlook } from '../client/inputs/dataCheck.js';

export interface Shares {
  /** `data.split.test`. */
  test?: number;
  /** Of `gate`. */
  minQuestions?: number;
  minGroups?: number;
  evidence?: 'headings';
}

/** More of the data than this is not held back from training. */
const MOST_HELD_OUT = 0.3;
/** A split is by groups: so much more is asked for than is needed. */
const MARGIN = 1.15;
/** With fewer questions, or groups, than this no gain that a training makes is told from chance. */
const LEAST_QUESTIONS = 20;
const LEAST_GROUPS = 5;

/**
 * More test questions, and those that the data have where no person asked any.
 *
 * @param hasTest  whether the test questions are given: then no split makes more of them
 * @returns nothing to say where the gate decides as it is
 */
export function heldOut(
  { counts }: Pick<DataReport, 'counts'>,
  gate: Pick<GateOutlook, 'questions' | 'minQuestions' | 'undecided'>,
  hasTest: boolean,
): Shares {
  if (gate.undecided === undefined) return {};
  const headings = counts['test']?.origins?.headings ?? 0;
  const evidence: Shares = headings > gate.questions ? { evidence: 'headings' } : {};
  if (hasTest || Math.max(headings, gate.questions) >= gate.minQuestions) return evidence;
  const inAll = ['train', 'dev', 'test'].reduce((sum, split) => sum + (counts[split]?.questions ?? 0), 0);
  const share = Math.ceil((100 * MARGIN * gate.minQuestions) / Math.max(1, inAll)) / 100;
  return { test: Math.min(share, MOST_HELD_OUT), ...evidence };
}

/** What the gate asks for, where it is more than there is and that is enough to tell a large gain from chance. */
export function lowered(
  gate: Pick<GateOutlook, 'questions' | 'groups' | 'minQuestions' | 'minGroups' | 'undecided'>,
): Shares {
  if (gate.undecided === undefined || gate.questions < LEAST_QUESTIONS || gate.groups < LEAST_GROUPS) return {};
  return {
    ...(gate.questions < gate.minQuestions && { minQuestions: gate.questions }),
    ...(gate.groups < gate.minGroups && { minGroups: gate.groups }),
  };
}

/**
 * gate: the decision on the candidate, from the evaluation's numbers.
 * @module
 */
import { patched, upsertSearchAttributes } from '@temporalio/workflow';
import type { Incumbent, Run } from '../../activities/types.js';
import type { EvaluationSummary } from '../../run/evaluation.js';
import { filesOf } from '../../run/files.js';
import { attuneBestScore } from '../../run/searchAttributes.js';
import { foreseen, unprovenSoFar } from '../decision/foreseen.js';
import { decide, type GateDecision } from '../decision/gate.js';
import { measured, tellLists } from '../decision/lineage.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';

export async function gate(at: At, run: Run, incumbent: Incumbent | undefined): Promise<GateDecision> {
  enter(at, 'gate');
  const { state, milestones } = at;
  const uri = filesOf(run).report;
  const { summary, pairsHash, looks, calledAt } = await io(options.read, 'read the evaluation').readEvaluation({
    uri,
    run,
  });
  state.firstCall(calledAt);
  state.evaluated(summary);
  milestones.reached('evaluated', { metrics: summary.metrics });
  const decision = decide(summary, run.spec.gate, { hasIncumbent: incumbent !== undefined, looks });
  state.gated(decision);
  tellLists(
    state.traces({ pairsHash, metrics: measured(summary, run.spec.gate, incumbent !== undefined) }),
    decision.verdict,
  );
  recordScore(summary, run);
  milestones.reached('gated', { metrics: summary.metrics, status: decision.verdict });
  return decision;
}

/**
 * Before anything is trained: the gate's answer, where it does not depend on the model.
 *
 * @returns whether it can pass
 */
export async function mayPass(at: At, run: Run): Promise<boolean> {
  if (!patched('refuses-before-training')) return true;
  const { state, milestones } = at;
  const counted = await io(options.move, 'how many test questions are there?').countQuestions({ run });
  state.firstCall(counted.calledAt);
  const { verdict, reasons } = foreseen(counted, run.spec.gate);
  if (reasons.length === 0) {
    const unproven = unprovenSoFar(counted, run.spec.gate);
    if (unproven) state.notice(unproven);
    return true;
  }
  enter(at, 'gate');
  state.gated({ passed: false, verdict, reasons, guards: [] });
  if (patched('lists-tell-verdicts')) tellLists(state.traces({}), verdict);
  milestones.reached('gated', { status: verdict });
  return false;
}

function recordScore({ metrics }: EvaluationSummary, { spec }: Run): void {
  const score = metrics.candidate?.[spec.gate.metric]?.mean;
  if (score !== undefined) upsertSearchAttributes([{ key: attuneBestScore, value: score }]);
}

/**
 * The stages of a run, each with its job, its records and its place on the timeline.
 * @module
 */
import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { CancelledFailure } from '@temporalio/common';
import type { Incumbent, Packaged, Run } from '../../activities/types.js';
import { fail } from '../../spec/failures.js';
import type { FineTuneSpecInput } from '../../spec/schema.js';
import type { Deployed, deployEndpoint } from '../deployEndpoint.js';
import { deployWorkflowId } from '../../run/ids.js';
import * as messages from '../../run/messages.js';
import type { EvaluationSummary } from '../../run/evaluation.js';
import type { Decision, Verdict } from '../../run/progress.js';
import type { Stage } from '../../run/stages.js';
import type { FinishedJob } from '../sageMakerJob.js';
import * as attribute from '../../run/searchAttributes.js';
import { aws, io } from '../waits/activities.js';
import { Attempts } from './attempts.js';
import { awaitDecision, recordApproval } from './approval.js';
import { currentDetails } from '../words/currentDetails.js';
import { executeAlone } from '../waits/executeAlone.js';
import { rootFailure } from '../waits/failure.js';
import { decide, type GateDecision } from '../decision/gate.js';
import { measured, tellLists, trainedBy } from '../decision/lineage.js';
import { Milestones } from './milestones.js';
import * as options from '../waits/options.js';
import { endsUnchanged } from './repetition.js';
import { assertNamed, type RunState } from '../runState.js';
import { Turns } from '../waits/turns.js';

export type Stages = ReturnType<typeof stagesOf>;

export function stagesOf(state: RunState, input: FineTuneSpecInput) {
  const milestones = new Milestones(state, input);
  const turns = new Turns();
  let scope: CancellationScope | undefined;
  let cancelledBy: string | undefined;

  const redraw = (): void => setCurrentDetails(currentDetails(state.progress()));
  const attempts = new Attempts(state, redraw);

  setHandler(messages.progress, () => state.progress(), { description: 'The whole state of the run, as JSON' });
  setHandler(messages.jobReport, (report) => {
    state.reports(report);
    redraw();
  });
  setHandler(messages.approve, (verdict) => state.decide({ ...verdict, verdict: 'approved' }), {
    description: 'Put the model into service: {"by": "your name", "reason": "why"}',
    validator: (verdict: Verdict) => state.assertDecidable(verdict),
  });
  setHandler(messages.reject, (verdict) => state.decide({ ...verdict, verdict: 'rejected' }), {
    description: 'Keep the model out of service: {"by": "your name", "reason": "why"}',
    validator: (verdict: Verdict) => state.assertDecidable(verdict),
  });
  setHandler(
    messages.cancelStage,
    async ({ by, reason }) => {
      cancelledBy = `cancelled by ${by}${reason ? `: ${reason}` : ''}`;
      scope?.cancel();
      await condition(() => state.ended);
      return { stopped: state.progress().stopped.join('; ') || 'nothing was running' };
    },
    {
      description: 'Stop the running stage and end the run as cancelled: {"by": "your name", "reason": "why"}',
      validator: (request: Partial<Verdict> | undefined) => {
        assertNamed(request?.by);
        if (state.ended) throw fail('InvalidRequest', `the run has ended: it is ${state.status}`);
      },
    },
  );

  /** @throws CancelledFailure when the run was cancelled in the stage before: this one does not begin */
  function enter(stage: Stage, at?: string): void {
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run was cancelled');
    state.enter(stage, at);
    upsertSearchAttributes([{ key: attribute.attuneStage, value: stage }]);
    redraw();
  }

  function trained({ modelDataUrl, job: { kind, name } }: FinishedJob): string {
    if (modelDataUrl === undefined) throw fail('JobFailed', `${kind} job ${name} completed without a model`);
    state.addArtifacts({ model: modelDataUrl });
    milestones.reached('trainingFinished', { modelArtifact: modelDataUrl });
    return modelDataUrl;
  }

  return {
    milestones,
    redraw,
    /** Set when a person stopped the stage: the words for the end. */
    cancelledBy: () => cancelledBy,

    /** Runs the story where `cancelStage` can stop it. */
    async cancellable<T>(story: () => Promise<T>): Promise<T> {
      const own = (scope = new CancellationScope());
      try {
        return await own.run(story);
      } catch (error) {
        const wasCancelled = own.consideredCancelled || CancellationScope.current().consideredCancelled;
        const failure = isCancellation(error) ? undefined : rootFailure(error);
        if (!wasCancelled || !failure) throw error;
        // An attempt that dies after a cancel is not repeated: the cancel then shows as that attempt's failure.
        state.notice(`while it was being cancelled: ${failure.message}`);
        throw new CancelledFailure('the run was cancelled');
      }
    },

    /** @returns undefined where the run would only repeat an earlier one */
    async preflight(): Promise<Run | undefined> {
      enter('preflight');
      const { workflowId, firstExecutionRunId } = workflowInfo();
      const settled = await io(options.prepareRun, 'check the spec, upload the job scripts').preflight({
        raw: input,
        workflowId,
        run: runOf(firstExecutionRunId),
      });
      const { run } = settled;
      state.settle(settled);
      state.addArtifacts({ spec: `${run.folder}spec.json` });
      const { spec, dataHash, startsFrom } = run;
      tellLists(state.traces({ dataHash, base: spec.base, startedFrom: startsFrom }));
      milestones.settle(run);
      upsertSearchAttributes(attribute.startAttributesOf(spec));
      return endsUnchanged(state, milestones, settled) ? undefined : run;
    },

    async prepare(run: Run): Promise<void> {
      enter('prepare');
      await attempts.run(run, { stage: 'prepare' });
      state.addArtifacts({ data: `${run.folder}data/`, dataReport: `${run.folder}data/report.json` });
    },

    /** @returns S3 URI of the candidate's model.tar.gz */
    async train(run: Run): Promise<string> {
      enter('train');
      const { job } = await attempts.run(run, { stage: 'train' });
      return trained(job);
    },

    /** @returns S3 URI of the best trial's model.tar.gz */
    async tune(run: Run): Promise<string> {
      enter('tune');
      const { plan, job } = await attempts.run(run, { stage: 'tune' });
      const trials = await io(options.record, 'keep the trials').writeTrials({ run, tuningJob: plan.name });
      state.addArtifacts({ trials: trials.uri });
      return trained(job);
    },

    /** @returns the model in service that the candidate was compared with */
    async evaluate(run: Run, model: string, round: number): Promise<Incumbent | undefined> {
      if (round > 1) state.notice('another model went into service meanwhile: the candidate is compared with that one');
      enter('evaluate');
      const { plan } = await attempts.run(run, { stage: 'evaluate', candidate: model });
      state.addArtifacts({
        report: `${run.folder}evaluation/report.json`,
        reportHtml: `${run.folder}evaluation/report.html`,
      });
      state.comparedWith(plan.incumbent);
      state.traces({ ...trainedBy(state.progress().jobs), modelArtifact: model, incumbent: plan.incumbent });
      return plan.incumbent;
    },

    async gate(run: Run, incumbent: Incumbent | undefined): Promise<GateDecision> {
      enter('gate');
      const uri = `${run.folder}evaluation/report.json`;
      const { summary, pairsHash, calledAt } = await io(options.read, 'read the evaluation').readEvaluation({ uri });
      state.firstCall(calledAt);
      state.evaluated(summary);
      milestones.reached('evaluated', { metrics: summary.metrics });
      const decision = decide(summary, run.spec.gate, { hasIncumbent: incumbent !== undefined });
      state.gated(decision);
      tellLists(state.traces({ pairsHash, metrics: measured(summary, run.spec.gate, incumbent !== undefined) }));
      recordScore(summary, run);
      milestones.reached('gated', { metrics: summary.metrics, status: decision.passed ? 'passed' : 'rejected' });
      return decision;
    },

    async package(run: Run, model: string): Promise<Packaged> {
      enter('package');
      const packaged = await io(options.move, 'check and keep the model archive').packageModel({
        run,
        modelDataUrl: model,
        lineage: state.progress().lineage,
      });
      state.addArtifacts({ package: packaged.modelDataUrl, manifest: packaged.manifest });
      return packaged;
    },

    /** @throws ApprovalExpired */
    async approval(run: Run): Promise<Decision['verdict']> {
      enter('approve');
      state.asksForApproval();
      redraw();
      const decision = await awaitDecision(state, milestones, run);
      redraw();
      await recordApproval(state, run, decision);
      return decision.verdict;
    },

    async deploy(run: Run, { modelDataUrl }: Packaged, incumbent: Incumbent | undefined): Promise<Deployed> {
      enter('deploy');
      const { pollSeconds, freshPollSeconds, endpointSeconds } = run.spec.timings;
      const { hosting } = state.progress().cost;
      if (hosting?.usdPerHour) state.budget.assertLeft(hosting.usdPerHour, `an hour of ${hosting.instanceType}`);
      const plan = await aws(options.read, 'plan the deployment').planDeployment({ run, modelDataUrl });
      const deployed = await turns.at(plan.endpoint, pollSeconds * 1000, () => {
        state.serves({ name: plan.endpoint, configName: plan.config.name, status: 'Deploying' });
        redraw();
        return executeAlone<typeof deployEndpoint>(
          'deployEndpoint',
          deployWorkflowId(plan.endpoint),
          {
            run,
            plan,
            replaces: incumbent?.configName,
            pollMs: pollSeconds * 1000,
            freshPollMs: freshPollSeconds * 1000,
            settleMs: endpointSeconds * 1000,
          },
          `${plan.endpoint} → ${plan.config.name}`,
          pollSeconds * 1000,
        );
      });
      if (deployed.outcome !== 'deployed') {
        state.serves(undefined);
        return deployed;
      }
      const { verification, settledAt, notices } = deployed;
      notices.forEach((notice) => state.notice(notice));
      state.enter('verify', settledAt);
      state.serves({
        name: plan.endpoint,
        configName: plan.config.name,
        status: 'InService',
        parityMinCosine: verification.minCosine,
      });
      state.addArtifacts({ verification: verification.uri });
      const endpoint = { name: plan.endpoint, configName: plan.config.name };
      tellLists(state.traces({ endpoint, replaced: incumbent?.configName }));
      return deployed;
    },
  };
}

function recordScore({ metrics }: EvaluationSummary, { spec }: Run): void {
  const score = metrics.candidate?.[spec.gate.metric]?.mean;
  if (score !== undefined) upsertSearchAttributes([{ key: attribute.attuneBestScore, value: score }]);
}

/** Run ids begin with the time of day: only their end tells two runs of the same minute apart. */
const runOf = (firstExecutionRunId: string): string => firstExecutionRunId.slice(-8);

/**
 * What a run knows about itself. Stages, handlers and the query share it; plain JSON goes out, nobody holds the inside.
 * @module
 */
import type { JobPlan, RecordDecision, Run, Settled } from '../activities/types.js';
import { fail } from '../spec/failures.js';
import type { GateDecision } from './decision/gate.js';
import { Spending } from './decision/spending.js';
import { measureDispatch, measureJob } from './metrics.js';
import { NOT_STARTED } from '../run/jobs.js';
import type { TakenOver } from '../run/results.js';
import type { JobStage } from '../spec/stages.js';
import { askedIn } from '../run/origins.js';
import type { EvaluationSummary } from '../run/evaluation.js';
import type { JobReport, JobView } from '../run/jobs.js';
import type { Lineage } from '../run/lineage.js';
import {
  freshProgress,
  reusedIn,
  type ComparedBases,
  type ComparedModel,
  type Decision,
  type EndpointView,
  type Progress,
  type RunStatus,
  type Stored,
  type StageView,
} from '../run/progress.js';
import type { Stage } from '../run/stages.js';

export class RunState {
  private readonly view: Progress;
  private spending = new Spending({});
  /** The stage whose job ended last, until the next stage's first AWS call is known. */
  private awaitingDispatch?: { stage: StageView; knownAt: string };
  private run?: Run;
  /** Endpoint config that served when the candidate was compared. */
  private servingConfig?: string;
  /** Where the candidate was trained by the job of an earlier run. */
  private trained?: Pick<Lineage, 'trainingJob' | 'tuningJob'>;

  constructor(workflowId: string, name: string) {
    this.view = freshProgress(workflowId, name);
  }

  progress(): Progress {
    return this.view;
  }
  get status(): RunStatus {
    return this.view.status;
  }
  get stage(): Stage {
    return this.view.stage;
  }
  get ended(): boolean {
    return this.view.status !== 'running' && this.view.status !== 'waitingForApproval';
  }
  get decided(): Decision | undefined {
    return this.view.approval;
  }
  /** Absent where a part of it is not known. */
  get costUsd(): number | undefined {
    const { accruedUsd, unknownSoFar = [] } = this.view.cost;
    return unknownSoFar.length > 0 ? undefined : accruedUsd;
  }
  /** Of its files, once there are any. */
  get folder(): string | undefined {
    return this.run?.folder;
  }
  /** Once preflight has settled it. */
  get settledRun(): Run | undefined {
    return this.run;
  }
  get budget(): Spending {
    return this.spending;
  }

  enter(stage: Stage, at = now()): void {
    this.leave(at);
    this.view.stage = stage;
    this.view.timeline.push({ stage, startedAt: at });
  }

  settle({ run, estimate, prices }: Settled): void {
    this.run = run;
    this.view.name = run.spec.name;
    this.spending = new Spending(prices, run.spec.budget?.maxUsd);
    this.view.cost = { ...estimate, budgetUsd: run.spec.budget?.maxUsd };
    this.addUpCost();
  }

  /** Adds to where the model comes from and where it goes. */
  traces(known: Partial<Lineage>): Lineage {
    const { base, ...rest } = { base: '', ...this.view.lineage, ...known };
    return (this.view.lineage = { base, ...rest });
  }

  addArtifacts(artifacts: Record<string, string>): void {
    Object.assign(this.view.artifacts, artifacts);
  }

  plans({ stage, kind, name, instanceType, count, place: { spot } }: JobPlan): void {
    this.putJob({ arn: '', status: 'Starting', describeCalls: 0, stage, kind, name, instanceType, count, spot });
  }
  /** The stage needs no job. */
  takesOver(stage: JobStage, { from, job, trial }: TakenOver): void {
    this.view.timeline.findLast((entry) => entry.stage === stage)!.reusedFrom = from;
    if (stage === 'train') this.trained = { trainingJob: job };
    if (stage === 'tune') this.trained = { tuningJob: job, trainingJob: trial };
    this.notice(`${stage}: reused from ${from}, which was asked for the same: no job was run`);
  }
  /** Stage → run whose job it took over. */
  get reused(): Record<string, string> {
    return reusedIn(this.view);
  }
  get trainedElsewhere(): Pick<Lineage, 'trainingJob' | 'tuningJob'> | undefined {
    return this.trained;
  }
  reports({ job, firstCallAt }: JobReport): void {
    this.putJob(job);
    if (firstCallAt) this.firstCall(firstCallAt);
  }
  /** Jobs that may still run, as far as this run has heard. */
  openJobs(): JobView[] {
    return this.view.jobs.filter(({ status }) => !['Completed', 'Failed', 'Stopped', NOT_STARTED].includes(status));
  }

  /** A job has ended, and this workflow knows. */
  jobEnded({ job, endedAt, knownAt }: Pick<JobReport, 'job'> & { endedAt?: string; knownAt: string }): void {
    const stage = this.view.timeline.at(-1)!;
    if (endedAt) stage.detectionMs = Math.max(0, Date.parse(knownAt) - Date.parse(endedAt));
    this.awaitingDispatch = { stage, knownAt };
    measureJob(this.view.jobs.find(({ name }) => name === job.name) ?? job, stage);
  }
  /** The first AWS call of the stage that followed. */
  firstCall(at: string): void {
    if (!this.awaitingDispatch) return;
    const { stage, knownAt } = this.awaitingDispatch;
    stage.dispatchMs = Math.max(0, Date.parse(at) - Date.parse(knownAt));
    measureDispatch(stage);
    this.awaitingDispatch = undefined;
  }

  evaluated({ metrics, comparisons, warnings, ...asked }: EvaluationSummary): void {
    Object.assign(this.view, { metrics, comparisons, asked: askedIn(asked) });
    this.view.notices.push(...warnings);
  }
  /** Adds what was found of one of the bases that are compared. */
  compares(metric: string, { questions, origins, models }: Omit<ComparedBases, 'metric'>): void {
    const known = this.view.bases;
    const score = ({ metrics }: ComparedModel): number => metrics?.[metric]?.mean ?? -1;
    this.view.bases = {
      metric,
      questions: questions ?? known?.questions,
      origins: origins ?? known?.origins,
      models: [...(known?.models ?? []), ...models].sort((a, b) => score(b) - score(a)),
    };
  }
  comparedWith(servingConfig: string | undefined): void {
    this.servingConfig = servingConfig;
  }
  gated({ verdict, reasons, guards }: GateDecision): void {
    this.view.decision = verdict;
    this.view.reasons = [...reasons];
    if (guards.length > 0) this.view.guards = guards;
  }

  /** Also once more, when the candidate has to beat another model than the one it was approved against. */
  asksForApproval(): void {
    this.view.approval = undefined;
    this.view.status = 'waitingForApproval';
  }
  /** For the updates' validators: throws the sentence that the person will read. */
  assertDecidable(): void {
    const { approval } = this.view;
    if (approval) throw fail('AlreadyDecided', `the model is already ${approval.verdict} by ${approval.by}`);
    if (this.view.status !== 'waitingForApproval') {
      throw fail(
        'InvalidRequest',
        `the run does not wait for approval: it is ${this.view.status}, at stage ${this.view.stage}`,
      );
    }
  }
  decide({ by, reason, verdict, identity }: Omit<Decision, 'at'>): void {
    this.view.approval = { verdict, by, reason, identity, at: now() };
    this.view.reasons.push(`${verdict} by ${by}${identity ? ` (from ${identity})` : ''}${reason ? `: ${reason}` : ''}`);
    this.view.status = 'running';
    if (verdict === 'rejected') this.view.decision = 'rejected';
  }

  /** Ends before it began: an earlier run has decided on the same. */
  isUnchangedSince({ workflowId, decision, at }: NonNullable<Settled['repeats']>): void {
    this.view.unchanged = { since: workflowId };
    this.view.cost = { ...this.view.cost, accruedUsd: 0, unknownPrices: [] };
    this.notice(`nothing is new since ${workflowId}, which ended ${decision} at ${at}: no job was run`);
  }
  /** What a later run must find as it is to be a repetition of this one; undefined where this one decided nothing. */
  recordOf(decision: 'done' | 'rejected'): RecordDecision | undefined {
    const { run, view } = this;
    if (run === undefined || view.unchanged || view.bases) return undefined;
    return { run, decision, serving: decision === 'done' ? view.endpoint?.configName : this.servingConfig };
  }

  leaves(stored: Stored): void {
    this.view.cost.stored = stored;
  }
  /** Undefined: this run changes no endpoint, or none any more. */
  serves(endpoint: EndpointView | undefined): void {
    this.view.endpoint = endpoint;
  }
  notice(what: string): void {
    this.view.notices.push(what);
  }
  noticeOnce(what: string): void {
    if (!this.view.notices.includes(what)) this.notice(what);
  }
  stopped(what: string): void {
    this.view.stopped.push(what);
  }

  end(status: 'done' | 'rejected' | 'cancelled'): void {
    this.leave(now());
    if (status === 'done') this.view.stage = 'done';
    this.view.status = status;
  }
  failed(type: string, message: string): void {
    this.leave(now());
    this.view.status = 'failed';
    this.view.failure = { type, message };
  }

  private leave(at: string): void {
    const last = this.view.timeline.at(-1);
    if (last && last.endedAt === undefined) last.endedAt = at;
  }
  private putJob(job: JobView): void {
    const index = this.view.jobs.findIndex(({ name }) => name === job.name);
    const priced = { ...job, usd: this.spending.usdOf(job) };
    if (index < 0) this.view.jobs.push(priced);
    else this.view.jobs[index] = priced;
    this.addUpCost();
  }
  private addUpCost(): void {
    Object.assign(this.view.cost, this.spending.sumOf(this.view.jobs));
  }
}

const now = (): string => new Date().toISOString();

/**
 * What a run knows about itself. Stages, handlers and the query share it; plain JSON goes out, nobody holds the inside.
 * @module
 */
import type { AskedQuestions, JobPlan, RecordDecision, Run, Settled } from '../activities/types.js';
import { fail } from '../spec/failures.js';
import type { GateDecision } from './decision/gate.js';
import { Spending } from './decision/spending.js';
import type { BatchRead } from '../run/batch.js';
import { usdOfQuestions, usdOfTokens, type TokenPrice, type Tokens } from '../spec/questions.js';
import { measureDispatch, measureJob } from './metrics.js';
import { NOT_STARTED } from '../run/jobs.js';
import type { TakenOver } from '../run/results.js';
import type { JobStage } from '../spec/stages.js';
import { askedIn } from '../run/origins.js';
import type { EmbeddingView } from '../run/embedding.js';
import type { EvaluationSummary } from '../run/evaluation.js';
import type { JobReport, JobView } from '../run/jobs.js';
import type { IndexCheck } from '../run/vectorIndex.js';
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
  private tokenPrice?: TokenPrice;
  /** Endpoint config that served when the candidate was compared. */
  private servingConfig?: string;
  private halfIsSpent = false;
  /** Called once, when so much of the budget is known to be spent. */
  onHalfBudget: () => void = () => undefined;
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

  settle({ run, estimate, prices, tokenPrice }: Settled): void {
    this.run = run;
    this.tokenPrice = tokenPrice;
    this.view.name = run.spec.name;
    this.spending = new Spending(prices, run.spec.budget?.maxUsd, tokenPrice);
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

  /** A language model is to be asked about so many passages. */
  asksModel(model: string, of: number): void {
    this.view.questions = { model, passages: 0, of, questions: 0, faults: 0, inputTokens: 0, outputTokens: 0 };
  }
  askedModel(more: Omit<AskedQuestions, 'next'>): void {
    const view = this.view.questions!;
    view.passages += more.passages;
    view.questions += more.questions;
    view.faults += more.faults;
    view.inputTokens += more.inputTokens;
    view.outputTokens += more.outputTokens;
    this.paysForTokens();
  }
  /** What batch jobs have answered so far, in all; what they have cost is known from here on. */
  askedInBatch({ inputTokens, outputTokens }: BatchRead): void {
    this.view.questions!.inBatch = { inputTokens, outputTokens };
    this.paysForTokens();
    for (const job of this.view.jobs.filter(({ kind }) => kind === 'batch')) {
      this.spending.knows(job.name);
      this.putJob(job);
    }
  }
  /** What so many tokens cost; undefined where that is not known. */
  usdOfTokens(tokens: Tokens): number | undefined {
    return usdOfTokens(tokens, this.tokenPrice);
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
    if (run === undefined || view.unchanged || view.bases || view.embedding) return undefined;
    return { run, decision, serving: decision === 'done' ? view.endpoint?.configName : this.servingConfig };
  }

  /** A version of the index is filled with so many documents. */
  fillsIndex({ name, version }: { name: string; version: string }, of: number): void {
    this.view.index = { name, version, documents: 0, of };
  }
  filledIndex(documents: number): void {
    this.view.index!.documents += documents;
  }
  checkedIndex({ passed, documents, questions, recall, ndcg, expectedNdcg }: IndexCheck): void {
    this.view.index!.check = { passed, documents, questions, recall, ndcg, expectedNdcg };
  }
  switchedIndex(switchedAt: string, replaced: string | undefined): void {
    Object.assign(this.view.index!, { switchedAt, replaced });
  }
  /** What was put in is removed again. */
  leavesIndex(): void {
    if (this.view.index) this.view.index.removed = true;
  }

  /** Texts get vectors in a folder. */
  embeds(view: Partial<EmbeddingView>): void {
    const { output } = this.run!.spec.embed!;
    this.view.embedding = { output, documents: 0, ...this.view.embedding, ...view };
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

  private paysForTokens(): void {
    const view = this.view.questions!;
    view.usd = usdOfQuestions(view, this.tokenPrice);
    this.spending.pays(view.usd ?? 0);
    this.addUpCost();
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
    const { accruedUsd = 0, budgetUsd = Infinity } = this.view.cost;
    if (this.halfIsSpent || accruedUsd < budgetUsd / 2) return;
    this.halfIsSpent = true;
    this.onHalfBudget();
  }
}

const now = (): string => new Date().toISOString();

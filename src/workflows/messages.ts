/**
 * Everything that crosses a workflow's border: signals, updates, queries, and the plain JSON they carry.
 * @module
 */
import type { Estimate } from '../spec/cost.js';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

export type Stage =
  | 'preflight'
  | 'prepare'
  | 'train'
  | 'tune'
  | 'evaluate'
  | 'gate'
  | 'package'
  | 'approve'
  | 'deploy'
  | 'verify'
  | 'done';

export type RunStatus = 'running' | 'waitingForApproval' | 'done' | 'rejected' | 'failed' | 'cancelled';

/** Mean over questions with the ends of its bootstrap interval. Range [0, 1]. */
export interface Score {
  mean: number;
  low: number;
  high: number;
}
/** Keys: ndcg@10, mrr@10, map@100, recall@1, recall@5, recall@10, recall@50. */
export type Metrics = Record<string, Score>;
export type System = 'bm25' | 'base' | 'incumbent' | 'candidate';

/** A paired comparison on the same questions: first minus second. */
export interface Comparison {
  metric: string;
  difference: number;
  low: number;
  high: number;
  confidence: number;
  wins: number;
  ties: number;
  losses: number;
}

/** A guard set's numbers: the candidate must not be worse than the model in service, or the base where none serves. */
export interface GuardScores {
  name: string;
  questions: number;
  passages: number;
  against: 'base' | 'incumbent';
  /** In the gate's metric. */
  scores: Partial<Record<System, Score>>;
  /** Candidate minus the one it is measured against. */
  comparison: Comparison;
  /** Questions that the training pairs hold too. */
  inTraining: number;
}
/** How a guard came out: `inconclusive` where its questions cannot tell. */
export interface GuardView extends GuardScores {
  verdict: 'held' | 'lost' | 'inconclusive';
  /** Share of the rival's score that may be lost, and the same in points of the metric. */
  tolerance: number;
  mayLose: number;
}

/** The small numbers of evaluation/report.json: what the gate decides on. */
export interface EvaluationSummary {
  questions: number;
  passages: number;
  metrics: Partial<Record<System, Metrics>>;
  /** Keys such as "candidate-base", "candidate-incumbent", "candidate-bm25". */
  comparisons: Record<string, Comparison>;
  guards?: GuardScores[];
  warnings: string[];
}

/** One training job of a tuning job. */
export interface TrialView {
  name: string;
  status: string;
  /** What was tuned, by the spec's names: learningRate, epochs, batchSize… */
  parameters: Record<string, number>;
  /** The objective, once the trial has reported it: dev nDCG@10. */
  metric?: number;
  /** Billable seconds so far, once SageMaker tells. */
  seconds?: number;
}

/** How a tuning job stands. */
export interface TrialsView {
  /** At most, as the spec asks for. */
  planned: number;
  completed: number;
  inProgress: number;
  failed: number;
  stopped: number;
  best?: TrialView;
  /** At most 50: the best, then the newest. */
  shown: TrialView[];
}

/** Status of a job that the quota refused: SageMaker knows nothing of it. */
export const NOT_STARTED = 'NotStarted';

export interface JobView {
  stage: Stage;
  kind: 'training' | 'processing' | 'tuning';
  name: string;
  arn: string;
  /** SageMaker's status, as Describe gave it; or `NotStarted`. */
  status: string;
  secondaryStatus?: string;
  /** The type that runs; "A or B" until SageMaker has chosen. */
  instanceType: string;
  /** Instances. */
  count?: number;
  spot?: boolean;
  /** Billable seconds so far, once SageMaker tells. */
  seconds?: number;
  /** Of training, billable or not. */
  trainingSeconds?: number;
  /** What it has cost so far at the dated prices; absent where the price is unknown. */
  usd?: number;
  /** The newest value of each metric that SageMaker's regexes read, such as "dev:ndcg@10". */
  metrics?: Record<string, number>;
  /** Of tuning jobs. */
  trials?: TrialsView;
  describeCalls: number;
}

/** What a job's workflow tells the run that waits for it, on each transition. */
export interface JobReport {
  job: JobView;
  /** ISO 8601: when the first AWS call of this job's stage went out. */
  firstCallAt: string;
}

export interface StageView {
  stage: Stage;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string;
  /** Milliseconds from the job's own end to the workflow knowing of it. */
  detectionMs?: number;
  /** Milliseconds from knowing to the next stage's first AWS call. */
  dispatchMs?: number;
}

export interface EndpointView {
  name: string;
  configName: string;
  status: string;
  /** Worst cosine between the live endpoint's vectors and the evaluated model's. */
  parityMinCosine?: number;
}

export interface Cost extends Partial<Estimate> {
  /** Sum over the jobs whose price is known; absent where none of those that ran is. Billed so far: no running minutes. */
  accruedUsd?: number;
  /** Types that ran and whose price is not known: what `accruedUsd` lacks. */
  unknownSoFar?: string[];
  /** What spot saved against on demand. */
  spotSavedUsd?: number;
  budgetUsd?: number;
  /** Types of the whole run whose price is not known. */
  unknownPrices: string[];
}

/** The model in service at an endpoint, as a run found it. */
export interface ServingModel {
  configName: string;
  /** model.tar.gz. */
  modelDataUrl: string;
  /** Workflow id of the run that made it. */
  madeBy?: string;
}

/** Where a run's model comes from and where it went: data, training job, metrics, artifact, endpoint. */
export interface Lineage {
  /** Digest of the data as it lay in S3 when the run began: keys, sizes, ETags. */
  dataHash?: string;
  /** Digest of the pairs that prepare made of it, and training read. */
  pairsHash?: string;
  base: string;
  /** The model whose weights training went on from; absent: the base's. */
  startedFrom?: ServingModel;
  trainingJob?: string;
  tuningJob?: string;
  /** As training left it. */
  modelArtifact?: string;
  /** The model in service that the candidate was compared with. */
  incumbent?: ServingModel;
  /** Means in the gate's metric, and the gain over the incumbent or, where none serves, the base. */
  metrics?: {
    metric: string;
    means: Partial<Record<System, number>>;
    against: 'base' | 'incumbent';
    gain?: Comparison;
  };
  /** Where the model was put into service. */
  endpoint?: { name: string; configName: string };
  /** Config that served there before. */
  replaced?: string;
}

/** The memo's member from which lists tell where a run's model comes from and where it went. */
export const LINEAGE = 'lineage';
export type ListedLineage = Pick<Lineage, 'dataHash' | 'endpoint'> & { gain?: number };

/** What `attune show` prints: plain JSON, a few KB. */
export interface Progress {
  workflowId: string;
  name: string;
  status: RunStatus;
  stage: Stage;
  decision?: 'passed' | 'rejected';
  reasons: string[];
  /** Where `deploy.approval` is `required`: what a person decided. */
  approval?: Decision;
  metrics: Partial<Record<System, Metrics>>;
  comparisons: Record<string, Comparison>;
  /** Once the gate has decided. */
  guards?: GuardView[];
  /** From the end of preflight on. */
  lineage?: Lineage;
  jobs: JobView[];
  timeline: StageView[];
  /** S3 URIs: spec, data, dataReport, model, report, reportHtml, package, manifest, approval, verification. */
  artifacts: Record<string, string>;
  endpoint?: EndpointView;
  cost: Cost;
  /** Why it failed, in words, when it did. */
  failure?: { type: string; message: string };
  /** The spec says `whenUnchanged: skip`, and this earlier run decided on the same data and settings: no job was run. */
  unchanged?: { since: string };
  /** What a cancel stopped or removed. */
  stopped: string[];
  /** What a person may want to know and nothing fails for: a workflow in `notify` that does not exist, a second attempt. */
  notices: string[];
}

/** What SageMaker announced. A hint to look again, never a fact to act on: it may be late, repeated or out of order. */
export interface JobStateChanged {
  status: string;
  /** ISO 8601: when the announced change happened. */
  at: string;
  /** Where the announcement came from: "eventbridge", "http", "person". */
  source: string;
}

/** `unchanged`: the run has ended, done, without a job, because it would only have repeated an earlier one. */
export type Milestone = 'trainingFinished' | 'evaluated' | 'gated' | 'deployed' | 'failed' | 'unchanged';

/** Sent to every workflow in the spec's `notify`. */
export interface FineTuneMilestone {
  workflowId: string;
  milestone: Milestone;
  status: string;
  modelArtifact?: string;
  metrics?: Partial<Record<System, Metrics>>;
}

/** A person's decision about a candidate. `by` goes on record. */
export interface Verdict {
  by: string;
  reason?: string;
}

/** A run's place in the queue of an endpoint. */
export interface Ticket {
  workflowId: string;
  runId: string;
  /** A run that has to evaluate again leaves its place, and takes another one later. */
  round: number;
}

/** A decision on record. */
export interface Decision extends Verdict {
  verdict: 'approved' | 'rejected';
  /** ISO 8601. */
  at: string;
}

/**
 * Sent to every workflow in the spec's `notify` while a model waits for a person: each `timings.approvalReminderSeconds`, at
 * most 100 times a run; after them the run waits on without reminders.
 */
export interface ApprovalReminder {
  workflowId: string;
  /** ISO 8601: since when it waits. */
  since: string;
  /** From 1. */
  count: number;
  /** S3 URI of the evaluation's page: what there is to decide on. */
  reportHtml?: string;
}

/** The memo's member by which lists tell a run that found nothing new: the workflow id of the run that it would have repeated. */
export const UNCHANGED_SINCE = 'unchangedSince';

/** A signal, because nobody waits for an answer. */
export const jobStateChanged = defineSignal<[JobStateChanged]>('jobStateChanged');
/** A signal from a job's workflow to its run: news, not a question. */
export const jobReport = defineSignal<[JobReport]>('jobReport');
/** Signals between a run and the queue of its endpoint. */
export const takePlace = defineSignal<[Ticket]>('takePlace');
export const leavePlace = defineSignal<[Ticket]>('leavePlace');
export const yourTurn = defineSignal<[number]>('yourTurn');
/** A signal to other people's workflows; attune only sends it. */
export const fineTuneMilestone = defineSignal<[FineTuneMilestone]>('fineTuneMilestone');
/** The same, for whoever reminds people. */
export const approvalReminder = defineSignal<[ApprovalReminder]>('approvalReminder');
/** Updates, because the person who decides wants to know that it counted. */
export const approve = defineUpdate<void, [Verdict]>('approve');
export const reject = defineUpdate<void, [Verdict]>('reject');
/** An update: stops the running stage's job; the run then ends as cancelled. */
export const cancelStage = defineUpdate<{ stopped: string }, [{ by: string; reason?: string }]>('cancelStage');
/** What `attune show` and `attune watch` read. */
export const progress = defineQuery<Progress>('progress');

/**
 * What a run says of itself: all that `attune show` prints.
 * @module
 */
import type { Estimate } from '../spec/cost.js';
import type { EmbeddingView } from './embedding.js';
import type { Comparison, GuardView, Metrics, ModelSize, System } from './evaluation.js';
import type { JobView } from './jobs.js';
import type { Lineage } from './lineage.js';
import type { Asked, Origins } from './origins.js';
import type { QuestionsView } from './questions.js';
import type { Stage } from './stages.js';
import type { IndexView } from './vectorIndex.js';
import type { GateVerdict } from './verdict.js';

export type RunStatus = 'running' | 'waitingForApproval' | 'done' | 'rejected' | 'failed' | 'cancelled';

/** How a run ended, in a word: one that is unproven has the status `rejected`, as nothing is deployed either. */
export const endOf = ({ status, decision }: { status: RunStatus; decision?: GateVerdict }): RunStatus | 'unproven' =>
  status === 'rejected' && decision === 'unproven' ? 'unproven' : status;

/** A run's status as people read it. */
export const statusWords = (status: string): string =>
  status === 'waitingForApproval' ? 'waits for approval' : status;

export interface StageView {
  stage: Stage;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string;
  /** Milliseconds from the job's own end to the workflow knowing of it. */
  detectionMs?: number;
  /** Milliseconds from knowing to the next stage's first AWS call. */
  dispatchMs?: number;
  /** Workflow id of the earlier run whose result was taken over: no job was run, and nothing paid. */
  reusedFrom?: string;
}

export interface EndpointView {
  name: string;
  configName: string;
  status: string;
  /** Worst cosine between the live endpoint's vectors and the evaluated model's. */
  parityMinCosine?: number;
}

/** One of the models that are compared untrained, or what stands beside them. */
export interface ComparedModel {
  system: 'bm25' | 'base' | 'incumbent';
  /** Of a base: as the spec names it. */
  name: string;
  /** Absent where it could not be evaluated. */
  metrics?: Metrics;
  size?: ModelSize;
  /** Why it could not be evaluated. */
  failure?: string;
}

export interface ComparedBases {
  /** Of the gate, which sorts them. */
  metric: string;
  /** Test questions that all of them were asked. */
  questions?: number;
  /** Where those come from. */
  origins?: Origins;
  /** The best first; those without metrics last. */
  models: ComparedModel[];
}

export interface Stored {
  bytes: number;
  /** Absent where the region's price is not known. */
  usdPerMonth?: number;
  /** Checkpoints that nobody goes on from any more. */
  removedBytes: number;
}

export interface Cost extends Partial<Estimate> {
  /** Sum over the jobs whose price is known; absent where none of those that ran is. Billed so far: no running minutes. */
  accruedUsd?: number;
  /** Types that ran and whose price is not known: what `accruedUsd` lacks. */
  unknownSoFar?: string[];
  /** What spot saved against on demand. */
  spotSavedUsd?: number;
  budgetUsd?: number;
  /** What the run has left in its folder in S3, once it has ended. */
  stored?: Stored;
  /** Types of the whole run whose price is not known. */
  unknownPrices: string[];
}

/** What `attune show` prints: plain JSON, a few KB. */
export interface Progress {
  workflowId: string;
  name: string;
  status: RunStatus;
  stage: Stage;
  decision?: GateVerdict;
  reasons: string[];
  /** Where `deploy.approval` is `required`: what a person decided. */
  approval?: Decision;
  /** The questions that `metrics` are measured on. */
  asked?: Asked;
  metrics: Partial<Record<System, Metrics>>;
  comparisons: Record<string, Comparison>;
  /** Of a spec with `bases`: how each did. */
  bases?: ComparedBases;
  /** Once the gate has decided. */
  guards?: GuardView[];
  /** From the end of preflight on. */
  lineage?: Lineage;
  /** Where a language model writes questions, once it is asked. */
  questions?: QuestionsView;
  /** Where the spec has an index, once a version of it is filled. */
  index?: IndexView;
  /** Of a request to embed. */
  embedding?: EmbeddingView;
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
  /** Set where Temporal has forgotten the run, or does not answer: S3 URI of the record that tells of it. */
  readFrom?: string;
  /** With `readFrom`: Temporal did not answer, so the run may have gone on since. */
  mayBeOld?: true;
}

/** Stage → workflow id of the earlier run whose result it took over. */
export const reusedIn = ({ timeline }: Pick<Progress, 'timeline'>): Record<string, string> =>
  Object.fromEntries(timeline.flatMap(({ stage, reusedFrom }) => (reusedFrom ? [[stage, reusedFrom]] : [])));

/** Of a run that has done nothing yet. */
export const freshProgress = (workflowId: string, name: string): Progress => ({
  workflowId,
  name,
  status: 'running',
  stage: 'preflight',
  reasons: [],
  metrics: {},
  comparisons: {},
  jobs: [],
  timeline: [],
  artifacts: {},
  cost: { unknownPrices: [] },
  stopped: [],
  notices: [],
});

/** A person's decision about a candidate. `by` goes on record. */
export interface Verdict {
  by: string;
  reason?: string;
  /**
   * Who sent it, as the sender's machine has it: `user@host`. attune's client sets it; whoever reaches Temporal can send
   * another one, as another name in `by`.
   */
  identity?: string;
}

/** A decision on record. */
export interface Decision extends Verdict {
  verdict: 'approved' | 'rejected';
  /** ISO 8601. */
  at: string;
}

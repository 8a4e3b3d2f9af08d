/**
 * Everything that crosses a workflow's border: signals, updates, queries, and the plain JSON they carry.
 * @module
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FineTuneSpecInput } from '../spec/schema.js';
import type { Metrics, System } from './evaluation.js';
import type { JobReport } from './jobs.js';
import type { Asked } from './origins.js';
import type { Progress, Verdict } from './progress.js';

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
  /** With `metrics`: how many questions they are measured on, and where those come from. */
  asked?: Asked;
}

/** A run's place in the queue of an endpoint. */
export interface Ticket {
  workflowId: string;
  runId: string;
  /** A run that has to evaluate again leaves its place, and takes another one later. */
  round: number;
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

/** A signal, because nobody waits for an answer. */
export const jobStateChanged = defineSignal<[JobStateChanged]>('jobStateChanged');
/** A signal from a job's workflow to its run: news, not a question. */
export const jobReport = defineSignal<[JobReport]>('jobReport');
/** The same of what a person should know of a wait: in words. */
export const waitNotice = defineSignal<[string]>('waitNotice');
/** Signals between a run and the queue of its endpoint. */
export const takePlace = defineSignal<[Ticket]>('takePlace');
export const leavePlace = defineSignal<[Ticket]>('leavePlace');
export const yourTurn = defineSignal<[number]>('yourTurn');
/** A signal to the workflow that removes what served before: it may have another time to wait for. */
export const lookAgain = defineSignal('lookAgain');
/** A signal to a sync that goes on: its documents may have changed since it has read them. Whoever waits for it waits for that too. */
export const syncAgain = defineSignal<[FineTuneSpecInput]>('syncAgain');
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

/**
 * Every way a run or a command can fail, in one table: whether another try can help, what the person can do, the exit code.
 * Workflows, activities, client, CLI and docs all read it; `aws/errorTable.ts` maps Amazon's names onto it.
 * @module
 */
import { ApplicationFailure } from '@temporalio/common';

export const FAILURES = {
  // The spec and the request: what was asked for cannot be asked for
  SpecRefused: { final: true, exitCode: 2, mend: 'change the named fields and submit again' },
  InvalidRequest: { final: true, exitCode: 2, mend: 'correct the request and send it again' },
  AlreadyDecided: { final: true, exitCode: 2, mend: 'nothing: the earlier decision stands' },
  RunNotFound: { final: true, exitCode: 2, mend: '`attune list` shows the runs' },
  ScheduleNotFound: { final: true, exitCode: 2, mend: '`attune schedule list` shows the schedules' },
  NotConfigured: { final: true, exitCode: 2, mend: 'set what the message names' },

  // Reaching a run from outside
  NoServer: {
    final: true,
    exitCode: 1,
    mend: 'check TEMPORAL_ADDRESS; for a running local stack: eval "$(attune env)", or start one: `attune dev`',
  },
  NoWorker: { final: true, exitCode: 1, mend: 'start one: `attune worker`, or `attune dev` for a whole local stack' },
  TaskFails: {
    final: true,
    exitCode: 1,
    mend: "read the worker's log; the run continues by itself once a worker without the bug runs",
  },
  NotAvailable: { final: true, exitCode: 1, mend: 'the run may not have come that far: `attune show` tells' },

  // The AWS account
  AccessDenied: { final: true, exitCode: 1, mend: 'grant the action to the role or user that was refused' },
  NotFound: { final: true, exitCode: 1, mend: 'check the name in the message, and its region and account' },
  NameTaken: { final: true, exitCode: 1, mend: 'submit under another name: the resource belongs to someone else' },
  QuotaExceeded: { final: true, exitCode: 1, mend: 'ask for the quota, or choose another instance type' },
  WaitingForQuota: { final: false, exitCode: 1, mend: 'nothing: retried until other jobs free the quota' },
  NoCapacity: { final: false, exitCode: 1, mend: 'nothing: retried; another instance type may be quicker' },
  Throttled: { final: false, exitCode: 1, mend: 'try again in a minute; a run does so by itself' },
  Unavailable: {
    final: false,
    exitCode: 1,
    mend: 'try again; a run does so by itself. Check the endpoint address if it persists',
  },
  RequestRefused: {
    final: true,
    exitCode: 1,
    mend: 'report it, with the run id if any: attune sent what AWS does not take',
  },

  ContentChanged: {
    final: true,
    exitCode: 1,
    mend: 'find out who may write below code/ and inputs/ in the bucket, delete what the message names, submit again',
  },

  // Jobs
  JobFailed: { final: true, exitCode: 1, mend: "read the job's log" },
  JobOverran: { final: true, exitCode: 1, mend: "raise the stage's maxRuntimeSeconds" },
  EndedFromOutside: { final: true, exitCode: 1, mend: 'find out who ended the workflow, then submit again' },
  JobStopped: { final: true, exitCode: 1, mend: 'find out who stopped the job, then submit again' },

  BudgetReached: {
    final: true,
    exitCode: 1,
    mend: 'raise budget.maxUsd or choose cheaper instances, and submit again',
  },

  // Evaluation, package and endpoint
  EvaluationUnusable: { final: true, exitCode: 1, mend: 'read evaluation/report.json in the run folder' },
  PackageRefused: { final: true, exitCode: 1, mend: 'fix the archive as the message says' },
  EndpointFailed: { final: true, exitCode: 1, mend: "read the endpoint's log" },
  RolledBack: { final: true, exitCode: 1, mend: "the endpoint serves its earlier model; read the endpoint's log" },
  VerificationFailed: { final: true, exitCode: 1, mend: 'read deployment/verification.json in the run folder' },
  IndexRefused: {
    final: true,
    exitCode: 1,
    mend: 'read index/report.json in the run folder; endpoint and index in service are as they were',
  },
  SourceShrank: {
    final: true,
    exitCode: 1,
    mend: 'look at the source; where so much is meant to go, set index.mostDeleted to 1 for this sync',
  },
  ApprovalExpired: { final: true, exitCode: 3, mend: 'submit again and decide in time' },

  // attune itself
  Unexpected: { final: false, exitCode: 1, mend: 'report it, with the run id if there is one' },
} as const satisfies Record<string, { final: boolean; exitCode: number; mend: string }>;

export type FailureType = keyof typeof FAILURES;

export interface FailureContext {
  /** What came back from below; kept, so that nothing is lost. */
  cause?: Error;
  /** Plain JSON for programs: a refused spec's problems, a job's log link. */
  details?: unknown[];
  /** The next step, where the place that fails knows a nearer one than the table. */
  mend?: string;
  /** The next try comes after so long, whatever the table says of a try. */
  retryInMs?: number;
}

/**
 * A failure that Temporal retries or not as the table says, in words that end with what to do.
 *
 * @param message  what was being done, to which resource, what came back; no full stop at the end
 * @param context  the cause alone, or what else is known
 */
export function fail(type: FailureType, message: string, context: Error | FailureContext = {}): ApplicationFailure {
  const { cause, details, mend, retryInMs }: FailureContext = context instanceof Error ? { cause: context } : context;
  return ApplicationFailure.create({
    type,
    message: `${message}. Next: ${mend ?? FAILURES[type].mend}`,
    nonRetryable: retryInMs === undefined && FAILURES[type].final,
    nextRetryDelay: retryInMs,
    cause,
    details,
  });
}

/** A failure's message without its last part, and that: what to do next, where it says so. */
export function nextApart(message: string): { what: string; next?: string } {
  const [, what = message, next] = /^(.*)\. Next: (.*?)$/s.exec(message) ?? [];
  return { what, next };
}

/** Exit code of the CLI for the type of a run's failure or of a client's error; 1 for types that the table does not know. */
export const exitCodeOf = (type: string | null | undefined): number =>
  type && Object.hasOwn(FAILURES, type) ? FAILURES[type as FailureType].exitCode : 1;

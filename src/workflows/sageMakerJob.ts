/**
 * One SageMaker job from its start, or its adoption, to its end. Its id follows from the job's name, so that an event finds it.
 * @module
 */
import {
  ActivityFailure,
  type ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { AwaitJob, JobPlan, JobSnapshot, QuotaRefusal, StartedJob } from '../activities/types.js';
import { fail, type FailureType } from '../spec/failures.js';
import { forMarkdown } from '../spec/foreignText.js';
import { aws } from './waits/activities.js';
import { Announcements, inNewHistory, type NewHistory } from './waits/follow.js';
import { overran, rootFailure } from './waits/failure.js';
import { Refusals, tellRun } from './waits/news.js';
import * as options from './waits/options.js';
import { trialsDetails } from './words/trialWords.js';
import { NOT_STARTED, type JobView } from '../run/jobs.js';
import { announcedPollMs } from '../run/polls.js';
import { jobReport, jobStateChanged } from '../run/messages.js';

export interface SageMakerJob {
  plan: JobPlan;
  pollMs: number;
  freshPollMs: number;
  /** How long the job may wait for instances on top of its own limit. */
  queueMs: number;
  /** How long to wait for other jobs to free the quota. */
  quotaMs: number;
  /** What the history before this one knew, where events have filled it. */
  begun?: { firstCallAt: string; job: JobView; announced: boolean; moves?: number; stopping?: Stopping };
}

/** Why a job is stopped: as nothing ends it, and how it stood then, or as it was cancelled. */
interface Stopping {
  stuck?: string;
}

/** A job that ended well, or in a way that another attempt may mend. */
export interface FinishedJob {
  /** `quota`: no job was started. */
  end: 'completed' | 'platform' | 'capacity' | 'quota' | 'budget';
  job: JobView;
  endedAt?: string;
  /** ISO 8601: when this workflow knew of the end. */
  knownAt: string;
  /** ISO 8601: when the Create call went out. */
  firstCallAt: string;
  modelDataUrl?: string;
  failureReason?: string;
  /** Where the quota refused the job. */
  quota?: QuotaRefusal;
}

/** What a job may take on top of all its limits before it is taken for stuck; one that is stopped has two minutes to end. */
const MARGIN_MS = 600_000;

export async function sageMakerJob(input: SageMakerJob): Promise<FinishedJob> {
  const { plan, pollMs, freshPollMs, queueMs, begun } = input;
  const announcements = new Announcements(begun?.announced);
  const refusals = new Refusals();
  setHandler(jobStateChanged, () => announcements.arrived(), {
    description: 'Look at the job now: {"status": "Completed", "at": "2026-01-01T00:00:00Z", "source": "person"}',
  });
  const job: JobView = begun?.job ?? {
    stage: plan.stage,
    kind: plan.kind,
    name: plan.name,
    arn: '',
    status: 'Starting',
    instanceType: plan.instanceType,
    count: plan.count,
    spot: plan.place.spot,
    describeCalls: 0,
  };
  let moves = begun?.moves ?? 0;
  let firstCallAt = begun?.firstCallAt ?? plan.firstCallAt ?? '';

  const inNew = (stopping?: Stopping) => (announced: boolean) =>
    continueAsNew<typeof sageMakerJob>({ ...input, begun: { firstCallAt, job, announced, moves, stopping } });

  const follow: Follow = (overdue, summary, onFull) => {
    let lookingSince = Date.now();
    let announced = false;
    return announcements.follow(
      async (at) => {
        lookingSince = Date.now();
        announced = at.announced;
        const { kind, name } = plan;
        const look = { kind, name, pollMs, freshPollMs, overdue, moves, ...at };
        const now = await refusals.heard((tellsRefusal) =>
          aws(options.wait(summary)).awaitJob({ ...look, tellsRefusal }),
        );
        if ('lost' in now) throw fail('NotFound', now.lost);
        return now;
      },
      (now) => {
        update(job, now);
        return now.end !== undefined || now.overdue === true;
      },
      {
        pauseMs: pollMs,
        onFull,
        onMove: () => {
          moves += 1;
          report(job, firstCallAt);
        },
        // A poll that an event cut short does not say how often it looked; its schedule does.
        onWoken: () => {
          const pausedMs = announced ? announcedPollMs(pollMs) : pollMs;
          job.describeCalls += (announced ? 0 : 1) + Math.floor((Date.now() - lookingSince) / pausedMs);
        },
      },
    );
  };

  if (begun?.stopping) await stop(begun.stopping);
  try {
    if (!begun) {
      const started = await start(input, () => {
        job.secondaryStatus = 'WaitingForQuota';
        report(job, firstCallAt);
      });
      if ('refused' in started) return notStarted(started.refused, job, firstCallAt);
      firstCallAt = plan.firstCallAt ?? started.calledAt;
    }
    const overdue = { afterMs: plan.maxRuntimeSeconds * 1000 + queueMs + MARGIN_MS, seenForMs: 2 * pollMs };
    const ended = await follow(overdue, `waiting for ${plan.kind} job ${plan.name}`, inNewHistory(inNew()));
    if (ended.overdue) return await stop({ stuck: job.secondaryStatus ?? job.status });
    return await concluded(plan, ended, { job, firstCallAt });
  } catch (error) {
    const stuck = overran(error);
    // An attempt that dies after a cancel is not repeated: the cancel then shows as that attempt's failure.
    const cancelled = isCancellation(error) || (mayRun(error) && CancellationScope.current().consideredCancelled);
    if (!stuck && !cancelled) {
      if (mayRun(error)) await tryToStop(plan);
      throw error;
    }
    return stop(stuck ? { stuck: job.secondaryStatus ?? job.status } : {}, error);
  }

  async function stop(
    why: Stopping,
    cancelled: unknown = new CancelledFailure('the job was cancelled'),
  ): Promise<never> {
    const onFull = { may: () => patched('stops-continue-as-new'), begin: inNew(why) };
    await CancellationScope.nonCancellable(() => stopAndSee(plan, follow, onFull));
    if (why.stuck === undefined) throw cancelled;
    const { kind, name } = plan;
    throw fail('JobOverran', `${kind} job ${name} was still ${why.stuck} after all its limits, and was stopped`);
  }
}

type Follow = (overdue: AwaitJob['overdue'], summary: string, onFull?: NewHistory) => Promise<JobSnapshot>;

/**
 * Starts the job. Where other jobs fill the quota, a person hears of it before the wait begins.
 *
 * @returns the refusal, where no waiting helps or none did
 */
async function start(
  { plan, pollMs, quotaMs }: SageMakerJob,
  onWait: () => void,
): Promise<StartedJob | { refused: ApplicationFailure }> {
  const { kind, name, request, requestHash } = plan;
  const within = (ms: number) =>
    aws(options.createWithQuota, `start ${name}`)
      .startJob({ kind, name, request, requestHash, pollMs, quotaMs: ms })
      .catch((error: unknown) => {
        const refused = rootFailure(error);
        if (refused?.type !== ('QuotaExceeded' satisfies FailureType)) throw error;
        return { refused };
      });
  const first = await within(0);
  if (!('refused' in first) || !quotaIn(first.refused).waitable || quotaMs === 0) return first;
  onWait();
  setCurrentDetails(
    `**Waiting for quota** until ${clock(Date.now() + quotaMs)}: ${forMarkdown(first.refused.message)}`,
  );
  return within(quotaMs);
}

const quotaIn = (refused: ApplicationFailure): QuotaRefusal =>
  (refused.details?.[0] as QuotaRefusal | undefined) ?? { waitable: false };

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function notStarted(refused: ApplicationFailure, job: JobView, firstCallAt: string): FinishedJob {
  Object.assign(job, { status: NOT_STARTED, secondaryStatus: undefined });
  const failureReason = refused.message;
  return {
    end: 'quota',
    job,
    knownAt: new Date().toISOString(),
    firstCallAt,
    failureReason,
    quota: quotaIn(refused),
  };
}

/** The job's end as this workflow's own: what no further attempt can mend is thrown. */
async function concluded(
  plan: JobPlan,
  ended: JobSnapshot,
  { job, firstCallAt }: Pick<FinishedJob, 'job' | 'firstCallAt'>,
): Promise<FinishedJob> {
  const { endedAt, modelDataUrl, failureReason } = ended;
  const knownAt = new Date().toISOString();
  const end = endsForBudget(plan, ended) ? 'budget' : ended.end!;
  if (end === 'completed' || end === 'platform' || end === 'capacity' || end === 'budget') {
    return { end, job, endedAt, knownAt, firstCallAt, modelDataUrl, failureReason };
  }
  report(job, firstCallAt);
  const [type, what] = FINAL[end];
  const { kind, name } = plan;
  const tail = end === 'user' ? await keptLogTail(plan, ended) : undefined;
  const message = [`${kind} job ${name} ${what}`, failureReason && `: ${failureReason}`].filter(Boolean).join('');
  const where = tail === undefined ? '' : `. \`attune show\` prints the end of its log, which is in ${tail}`;
  const { arn, status } = ended;
  throw fail(type, message + where, { details: [{ job: name, arn, status, failureReason, view: { ...job } }] });
}

/** SageMaker's own limit is the backstop of the budget; of processing jobs it says no more than that they were stopped. */
export const endsForBudget = (
  { endsForBudget: limited, kind, maxRuntimeSeconds }: JobPlan,
  { end, seconds = 0 }: JobSnapshot,
) => limited && (end === 'overran' || (end === 'stopped' && kind === 'processing' && seconds >= maxRuntimeSeconds));

const FINAL: Record<'user' | 'overran' | 'stopped', [FailureType, string]> = {
  user: ['JobFailed', 'failed'],
  overran: ['JobOverran', 'reached its maximum runtime'],
  stopped: ['JobStopped', 'was stopped by someone else'],
};

/** Of a tuning job: of the trial that tells most. A worker of an earlier version answers with the lines themselves. */
async function keptLogTail(plan: JobPlan, { failedTrial }: JobSnapshot): Promise<string | undefined> {
  // A batch job has no log; what its records say is in its output.
  if (plan.kind === 'batch' || (plan.kind === 'tuning' && failedTrial === undefined)) return undefined;
  const kind = plan.kind === 'tuning' ? 'training' : plan.kind;
  const name = failedTrial ?? plan.name;
  try {
    const { readLogTail } = aws({ ...options.read, scheduleToCloseTimeout: '1m' }, `log of ${name}`);
    return (await readLogTail({ kind, name, to: plan.logTail })).uri;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the log could not be kept', { error });
    return undefined;
  }
}

/** A call failed whose job may be there: it would run on, and be paid for, with nobody waiting for it. */
const mayRun = (error: unknown): boolean =>
  error instanceof ActivityFailure && rootFailure(error)?.type !== ('NameTaken' satisfies FailureType);

async function tryToStop({ kind, name }: JobPlan): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => aws(options.cleanUp, `stop ${name}`).stopJob({ kind, name }));
  } catch (error) {
    log.warn('the job could not be stopped either', { name, error });
  }
}

/** Nothing is left running: asks for the stop and waits until Describe shows an end. A job that never was is fine too. */
async function stopAndSee({ kind, name }: JobPlan, follow: Follow, onFull: NewHistory): Promise<void> {
  await aws(options.cleanUp, `stop ${name}`).stopJob({ kind, name });
  const left = await aws(options.cleanUp, `see ${name} stopped`).lookAtJob({ kind, name });
  if (left && left.end === undefined) await follow({ seenForMs: MARGIN_MS }, `waiting for ${name} to stop`, onFull);
}

function update(job: JobView, now: JobSnapshot): void {
  const { arn, status, secondaryStatus, instanceType, seconds, trainingSeconds, metrics, trials } = now;
  const { records, tokens } = now;
  const told = {
    arn,
    status,
    secondaryStatus,
    instanceType,
    seconds,
    trainingSeconds,
    metrics,
    trials,
    records,
    tokens,
  };
  Object.assign(job, told);
  job.describeCalls += now.describeCalls;
  const details = trials ? trialsDetails(trials) : forMarkdown(now.headline);
  setCurrentDetails(`**${status}**${secondaryStatus ? ` (${secondaryStatus})` : ''} · ${instanceType}\n\n${details}`);
}

const report = (job: JobView, firstCallAt: string): void => tellRun(jobReport, { job: { ...job }, firstCallAt });

/**
 * One SageMaker job from its start, or its adoption, to its end. Its id follows from the job's name, so that an event finds it.
 * @module
 */
import {
  ActivityFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobPlan, JobSnapshot } from '../activities/types.js';
import { fail, type FailureType } from '../spec/failures.js';
import { aws } from './lib/activities.js';
import { Announcements } from './lib/follow.js';
import { overran, rootFailure } from './lib/failure.js';
import * as options from './lib/options.js';
import { trialsDetails } from './lib/trialWords.js';
import { jobReport, jobStateChanged, type JobView } from './messages.js';

export interface SageMakerJob {
  plan: JobPlan;
  pollMs: number;
  freshPollMs: number;
  /** How long the job may wait for instances on top of its own limit. */
  queueMs: number;
}

/** A job that ended well, or in a way that another attempt may mend. */
export interface FinishedJob {
  end: 'completed' | 'platform' | 'capacity';
  job: JobView;
  endedAt?: string;
  /** ISO 8601: when this workflow knew of the end. */
  knownAt: string;
  /** ISO 8601: when the Create call went out. */
  firstCallAt: string;
  modelDataUrl?: string;
  failureReason?: string;
}

/** What a look at a stuck Describe may take on top of all limits; a job that is stopped has two minutes to end. */
const MARGIN_MS = 600_000;

export async function sageMakerJob({ plan, pollMs, freshPollMs, queueMs }: SageMakerJob): Promise<FinishedJob> {
  const announcements = new Announcements();
  setHandler(jobStateChanged, () => announcements.arrived(), {
    description: 'Look at the job now: {"status": "Completed", "at": "2026-01-01T00:00:00Z", "source": "person"}',
  });
  const job: JobView = {
    stage: plan.stage,
    kind: plan.kind,
    name: plan.name,
    arn: '',
    status: 'Starting',
    instanceType: plan.instanceType,
    describeCalls: 0,
  };
  let firstCallAt = plan.firstCallAt ?? '';

  const follow = (giveUpAt: number, summary: string): Promise<JobSnapshot> => {
    let lookingSince = Date.now();
    return announcements.follow(
      (at) => {
        lookingSince = Date.now();
        const giveUpMs = Math.max(giveUpAt - lookingSince, 2 * pollMs);
        const { kind, name } = plan;
        return aws(options.wait(giveUpMs, summary)).awaitJob({ kind, name, pollMs, freshPollMs, ...at });
      },
      (now) => {
        update(job, now);
        return now.end !== undefined;
      },
      {
        onMove: () => report(job, firstCallAt),
        // A poll that an event cut short does not say how often it looked; its schedule does.
        onWoken: () => (job.describeCalls += 1 + Math.floor((Date.now() - lookingSince) / pollMs)),
      },
    );
  };

  try {
    const started = await aws(options.create, `start ${plan.name}`).startJob({ ...plan, pollMs });
    firstCallAt = plan.firstCallAt ?? started.calledAt;
    const giveUpAt = Date.now() + plan.maxRuntimeSeconds * 1000 + queueMs + MARGIN_MS;
    const ended = await follow(giveUpAt, `waiting for ${plan.kind} job ${plan.name}`);
    return await concluded(plan, ended, { job, firstCallAt });
  } catch (error) {
    const stuck = overran(error);
    // An attempt that dies after a cancel is not repeated: the cancel then shows as that attempt's failure.
    const cancelled = isCancellation(error) || (mayRun(error) && CancellationScope.current().consideredCancelled);
    if (!stuck && !cancelled) {
      if (mayRun(error)) await tryToStop(plan);
      throw error;
    }
    await CancellationScope.nonCancellable(() => stopAndSee(plan, follow));
    if (!stuck) throw error;
    throw fail(
      'JobOverran',
      `${plan.kind} job ${plan.name} was still ${job.secondaryStatus ?? job.status} after all its limits, and was stopped`,
    );
  }
}

/** The job's end as this workflow's own: what no further attempt can mend is thrown. */
async function concluded(
  plan: JobPlan,
  ended: JobSnapshot,
  { job, firstCallAt }: Pick<FinishedJob, 'job' | 'firstCallAt'>,
): Promise<FinishedJob> {
  const { endedAt, modelDataUrl, failureReason } = ended;
  const knownAt = new Date().toISOString();
  const end = ended.end!;
  if (end === 'completed' || end === 'platform' || end === 'capacity') {
    return { end, job, endedAt, knownAt, firstCallAt, modelDataUrl, failureReason };
  }
  report(job, firstCallAt);
  const [type, what] = FINAL[end];
  const { kind, name } = plan;
  const tail = end === 'user' ? await logTail(plan, ended) : [];
  const message = [`${kind} job ${name} ${what}`, failureReason && `: ${failureReason}`].filter(Boolean).join('');
  const shown = tail.length === 0 ? message : `${message}\nThe end of its log:\n${tail.join('\n')}\n`;
  throw fail(type, shown, { details: [{ job: name, arn: ended.arn, status: ended.status, failureReason }] });
}

const FINAL: Record<'user' | 'overran' | 'stopped', [FailureType, string]> = {
  user: ['JobFailed', 'failed'],
  overran: ['JobOverran', 'reached its maximum runtime'],
  stopped: ['JobStopped', 'was stopped by someone else'],
};

/** Of a tuning job: of the trial that tells most. */
async function logTail(plan: JobPlan, { failedTrial }: JobSnapshot): Promise<string[]> {
  if (plan.kind === 'tuning' && failedTrial === undefined) return [];
  const kind = plan.kind === 'tuning' ? 'training' : plan.kind;
  const name = failedTrial ?? plan.name;
  try {
    return await aws({ ...options.read, scheduleToCloseTimeout: '1m' }, `log of ${name}`).readLogTail({ kind, name });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the log could not be read', { error });
    return [];
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
async function stopAndSee(
  { kind, name }: JobPlan,
  follow: (giveUpAt: number, summary: string) => Promise<JobSnapshot>,
): Promise<void> {
  await aws(options.cleanUp, `stop ${name}`).stopJob({ kind, name });
  const left = await aws(options.cleanUp, `see ${name} stopped`).lookAtJob({ kind, name });
  if (left && left.end === undefined) await follow(Date.now() + MARGIN_MS, `waiting for ${name} to stop`);
}

function update(job: JobView, now: JobSnapshot): void {
  const { arn, status, secondaryStatus, instanceType, seconds, metrics, trials } = now;
  Object.assign(job, { arn, status, secondaryStatus, instanceType, seconds, metrics, trials });
  job.describeCalls += now.describeCalls;
  const details = trials ? trialsDetails(trials) : now.headline;
  setCurrentDetails(`**${status}**${secondaryStatus ? ` (${secondaryStatus})` : ''} · ${instanceType}\n\n${details}`);
}

/** News for the run. A run that is gone does not want them. */
function report(job: JobView, firstCallAt: string): void {
  const { parent } = workflowInfo();
  if (!parent) return;
  getExternalWorkflowHandle(parent.workflowId, parent.runId)
    .signal(jobReport, { job: { ...job }, firstCallAt })
    .catch((error: unknown) => log.debug('the run did not take the report', { error }));
}

/**
 * The four ends of a run: done, rejected, failed, cancelled. Each leaves its record before it leaves.
 * @module
 */
import {
  type ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  condition,
  isCancellation,
  log,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { JobView } from '../run/jobs.js';
import { endOf, type Progress } from '../run/progress.js';
import type { FailureType } from '../spec/failures.js';
import { attuneCostUsd, attuneStage } from '../run/searchAttributes.js';
import { aws } from './waits/activities.js';
import { rootFailure } from './waits/failure.js';
import * as options from './waits/options.js';
import type { Cancellable } from './cancellable.js';
import { keepRecord, tidyUp } from './keepRecord.js';
import { measureEnd } from './metrics.js';
import { recordDecision } from './repetition.js';
import type { RunState } from './runState.js';
import type { At } from './stages/at.js';

/** @param decides  on a model: later runs go by that, and lists tell of it. Default true */
export async function concluding(
  at: At,
  cancellable: Cancellable,
  story: () => Promise<'done' | 'rejected'>,
  { decides = true }: { decides?: boolean } = {},
): Promise<Progress> {
  const { state, milestones, people, redraw } = at;
  try {
    const end = await cancellable.run(story);
    await finish(() => succeeded(at, end, decides));
    return state.progress();
  } catch (error) {
    if (isCancellation(error)) {
      await finish(() => cancelled(at));
      throw cancellable.cancelledBy === undefined ? error : new CancelledFailure(cancellable.cancelledBy);
    }
    const failure = rootFailure(error);
    // A fault in workflow code: the task is retried until a mended worker comes, and the run goes on.
    if (failure === undefined) throw error;
    await finish(() => failed(at, failure));
    throw failure;
  }

  /** Where no cancel reaches it: what has happened is on record before the run ends. */
  async function finish(record: () => Promise<void>): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      await record();
      recordEnd(state);
      redraw();
      await milestones.delivered();
      await tidyUp(state);
      await people.delivered();
      redraw();
      if (decides) await keepRecord(state);
      await condition(allHandlersFinished);
    });
  }
}

async function succeeded({ state, milestones, people }: At, end: 'done' | 'rejected', decides: boolean): Promise<void> {
  state.end(end);
  // What has found nothing new has done nothing that a person would want to read of.
  if (!state.progress().unchanged) people.hear(end);
  const { endpoint, artifacts, metrics } = state.progress();
  if (endpoint?.status === 'InService') milestones.reached('deployed', { modelArtifact: artifacts.package, metrics });
  if (decides) await recordDecision(state, end);
}

async function failed({ state, milestones, people }: At, { type, message }: ApplicationFailure): Promise<void> {
  const { endpoint } = state.progress();
  // Its workflow did not live to stop it.
  if (type === ('EndedFromOutside' satisfies FailureType)) {
    for (const job of state.openJobs()) await stopJob(state, job);
  }
  if (endpoint?.status === 'Deploying') await recordEndpoint(state);
  state.failed(type ?? 'Unexpected', message);
  milestones.reached('failed');
  people.hear('failed');
}

/** By now each child has stopped what it ran; AWS is asked, so that the record says what is, not what was asked for. */
async function cancelled({ state, milestones, people }: At): Promise<void> {
  for (const job of state.openJobs()) await recordJob(state, job);
  if (state.progress().endpoint?.status === 'Deploying') await recordEndpoint(state);
  if (state.folder) state.notice(`files of the run stay in ${state.folder}`);
  state.end('cancelled');
  milestones.reached('failed', { status: 'cancelled' });
  people.hear('cancelled');
}

/** A job whose workflow ended from outside would run on, and be paid for, with nobody waiting for it. */
async function stopJob(state: RunState, job: JobView): Promise<void> {
  const { kind, name } = job;
  try {
    await aws(options.cleanUp, `stop ${name}`).stopJob({ kind, name });
  } catch (error) {
    log.warn('the job could not be stopped', { name, error });
  }
  await recordJob(state, job);
}

async function recordJob(state: RunState, job: JobView): Promise<void> {
  const { kind, name } = job;
  try {
    const now = await aws(options.cleanUp, `how did ${name} end`).lookAtJob({ kind, name });
    if (now === null) return state.stopped(`${kind} job ${name}: never started`);
    const { status, secondaryStatus, seconds, arn, trials, records, tokens } = now;
    const told = { arn, status, secondaryStatus, seconds, trials, records, tokens };
    state.reports({ job: { ...job, ...told }, firstCallAt: '' });
    state.stopped(`${kind} job ${name}: ${status}`);
  } catch (error) {
    log.warn('the job could not be looked at', { name, error });
    state.stopped(`${kind} job ${name}: unknown, look at it`);
  }
}

async function recordEndpoint(state: RunState): Promise<void> {
  const { endpoint } = state.progress();
  if (!endpoint) return;
  const { name, configName } = endpoint;
  try {
    const { state: now } = await aws(options.cleanUp, `how is endpoint ${name} left`).readEndpoint({ endpoint: name });
    state.serves({ name, configName: now?.configName ?? configName, status: now?.status ?? 'Removed' });
    state.stopped(
      now === null
        ? `endpoint ${name}: removed, with config ${configName}`
        : now.configName === configName
          ? `endpoint ${name}: left ${now.status} with config ${configName}; look at it`
          : `endpoint ${name}: serves config ${now.configName} as before; config ${configName} removed`,
    );
  } catch (error) {
    log.warn('the endpoint could not be looked at', { name, error });
    state.stopped(`endpoint ${name}: unknown, look at it`);
  }
}

function recordEnd(state: RunState): void {
  measureEnd(state.status, state.progress().failure?.type);
  const cost = state.costUsd;
  upsertSearchAttributes([
    // A rejected model is a completed workflow as one in service is: lists tell them apart by this.
    { key: attuneStage, value: state.status === 'rejected' ? endOf(state.progress()) : state.stage },
    ...(cost === undefined ? [] : [{ key: attuneCostUsd, value: cost }]),
  ]);
}

/**
 * Schedules: a spec that is run, or its index brought level, again and again, on the data as they are then. Never two runs of one
 * schedule at once.
 * @module
 */
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type ScheduleHandle,
  type ScheduleOptionsStartWorkflowAction,
  type Workflow,
} from '@temporalio/client';
import { userInfo } from 'node:os';
import type { FineTuneSpec, FineTuneSpecInput } from '../../spec/schema.js';
import { endpointNameOf } from '../../run/endpoint.js';
import { syncWorkflowId, TASK_QUEUE } from '../../run/ids.js';
import { attuneModel } from '../../run/searchAttributes.js';
import { differences, type FieldDifference } from '../runs/compare.js';
import { AttuneError } from '../../spec/attuneError.js';
import { inWords, scheduleSpecOf, type Recurrence } from './recurrence.js';
import {
  assertOurs,
  described,
  knownIds,
  ours,
  RECURRENCE_MEMO,
  recurrenceOf,
  resolvedSpecOf,
  SCHEDULED,
  startedSince,
  viewOf,
  type Scheduled,
  type ScheduleView,
  type StartedRuns,
} from './scheduleView.js';
import { requireIndex, syncOptionsOf } from '../index/sync.js';
import { startOptionsOf } from '../runs/startOptions.js';
import { readyForWorkers, type SubmitDeps, type SubmitOptions } from '../runs/submit.js';
import { startRefusal } from '../temporal.js';

export interface ApplyOptions extends Recurrence, SubmitOptions {
  /** Default: the spec's name; of syncs with `index-sync-` before it. */
  id?: string;
  /** Runs that retrain, or syncs of the spec's index. Default: `fineTune`. */
  starts?: Scheduled;
  /** Starts nothing until it is resumed. Left out, a schedule that a person paused stays paused. */
  paused?: boolean;
}

export interface AppliedSchedule {
  change: 'created' | 'updated' | 'unchanged';
  /** What an update changed: fields of the resolved spec, and of the recurrence. */
  differences: FieldDifference[];
  schedule: ScheduleView;
}

export interface ScheduleDeps extends SubmitDeps {
  schedulePage: (scheduleId: string) => string;
}

export type Schedules = ReturnType<typeof schedulesOf>;

export function schedulesOf(deps: ScheduleDeps) {
  const { client, schedulePage } = deps;
  const handleOf = (id: string): ScheduleHandle => client.schedule.getHandle(id);
  const look = async (id: string): Promise<ScheduleView> =>
    viewOf(client, await described(client, handleOf(id)), schedulePage(id));

  return {
    /**
     * Creates a schedule, or brings it to what is given here. Local files are uploaded now; what lies in S3 is read by each
     * run as it is then. `whenUnchanged` becomes `skip` unless the spec says otherwise.
     *
     * @throws SpecRefused; InvalidRequest for a recurrence that is none, or an id that another kind of schedule has
     */
    async apply(specOrPath: string | object, options: ApplyOptions): Promise<AppliedSchedule> {
      const { cron, every, timeZone, jitter, paused, starts = 'fineTune' } = options;
      const recurrence: Recurrence = { cron: cron?.trim(), every: every?.trim(), timeZone, jitter };
      const spec = scheduleSpecOf(recurrence);
      const ready = await readyForWorkers(deps, specOrPath, options);
      if (starts === 'syncIndex') requireIndex(ready.spec);
      const input: FineTuneSpecInput = { ...ready.input, whenUnchanged: ready.input.whenUnchanged ?? 'skip' };
      const scheduleId = options.id ?? `${starts === 'syncIndex' ? 'index-sync-' : ''}${ready.spec.name}`;
      const taskQueue = deps.settings.taskQueue ?? TASK_QUEUE.workflows;
      const wanted = {
        spec,
        action: actionOf({ scheduleId, starts }, input, ready.spec, recurrence, taskQueue),
        // A sync that failed has cost little and lost nothing: the next one is tried.
        policies: { ...POLICIES, pauseOnFailure: starts === 'fineTune' },
        typedSearchAttributes: [{ key: attuneModel, value: ready.spec.name }],
      };
      const note = `${SCHEDULED[starts]} ${ready.spec.name}: ${inWords(recurrence)}; applied by ${userInfo().username}`;
      const pausedNote = `paused when it was applied by ${userInfo().username}`;
      try {
        const state = paused ? { paused, note: pausedNote } : { note };
        await client.schedule.create({ scheduleId, ...wanted, state });
        return { change: 'created', differences: [], schedule: await look(scheduleId) };
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw refusal(error, client);
      }
      const before = await described(client, handleOf(scheduleId));
      assertOurs(before, starts);
      const changed = [
        ...differences(resolvedSpecOf(before), resolvedSpecOf({ action: wanted.action })),
        ...differences(recurrenceOf(before), recurrence),
        ...(paused && !before.state.paused ? [{ field: 'paused', a: false, b: true }] : []),
      ];
      if (changed.length > 0) {
        await handleOf(scheduleId)
          .update(({ state }) => ({
            ...wanted,
            // A person's pause survives, with their reason.
            state: state.paused ? state : { ...state, paused, note: paused ? pausedNote : note },
          }))
          .catch((error: unknown) => {
            throw refusal(error, client);
          });
      }
      const change = changed.length > 0 ? 'updated' : 'unchanged';
      return { change, differences: changed, schedule: await look(scheduleId) };
    },

    /** The schedules that start attune's workflows. */
    async list(): Promise<ScheduleView[]> {
      const views: ScheduleView[] = [];
      for (const id of await knownIds(client)) views.push(await look(id));
      return views;
    },

    /** Nothing is started until it is resumed; a run that goes on is not touched. */
    async pause(id: string, note = `paused by ${userInfo().username}`): Promise<ScheduleView> {
      await ours(client, handleOf(id));
      await handleOf(id).pause(note);
      return look(id);
    },

    async resume(id: string, note = `resumed by ${userInfo().username}`): Promise<ScheduleView> {
      await ours(client, handleOf(id));
      await handleOf(id).unpause(note);
      return look(id);
    },

    /** Starts a run now, unless one of this schedule goes on; also while it is paused. */
    async trigger(id: string): Promise<StartedRuns> {
      const before = await ours(client, handleOf(id));
      await handleOf(id).trigger(ScheduleOverlapPolicy.SKIP);
      return startedSince(client, before, 1);
    },

    /** As if the times from `from` to `to` were now: the first starts a run, those that fall into it are skipped. */
    async backfill(id: string, from: Date, to: Date): Promise<StartedRuns> {
      if (!(from.getTime() < to.getTime()))
        throw new AttuneError('InvalidRequest', 'the backfill ends before it begins', 'give --from before --to');
      if (to.getTime() > Date.now())
        throw new AttuneError('InvalidRequest', `${to.toISOString()} has not come yet`, 'give a --to in the past');
      const before = await ours(client, handleOf(id));
      const { startTime } = await client.workflowService.listScheduleMatchingTimes({
        namespace: client.options.namespace,
        scheduleId: id,
        startTime: { seconds: from.getTime() / 1000 },
        endTime: { seconds: to.getTime() / 1000 },
      } as never);
      if (startTime.length === 0)
        throw new AttuneError(
          'InvalidRequest',
          `no time of schedule ${id} lies between ${from.toISOString()} and ${to.toISOString()}`,
          'see its times: attune schedule list; or start a run now: attune schedule trigger',
        );
      await handleOf(id).backfill({ start: from, end: to, overlap: ScheduleOverlapPolicy.SKIP });
      return startedSince(client, before, startTime.length);
    },

    /** Starts nothing any more. A run that goes on is not touched: it is returned. */
    async delete(id: string): Promise<Pick<StartedRuns, 'scheduleId' | 'running'>> {
      const { info } = await ours(client, handleOf(id));
      await handleOf(id).delete();
      return { scheduleId: id, running: info.runningActions.map(({ workflow }) => workflow.workflowId) };
    },
  };
}

/** Never two at once; after an outage of more than an hour a time is let pass. What failed once waits for a person. */
const POLICIES = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h' } as const;

function actionOf(
  { scheduleId, starts }: { scheduleId: string; starts: Scheduled },
  input: FineTuneSpecInput,
  spec: FineTuneSpec,
  recurrence: Recurrence,
  taskQueue: string,
): ScheduleOptionsStartWorkflowAction<Workflow> & { args: [FineTuneSpecInput] } {
  const { memo, ...options } = starts === 'syncIndex' ? syncOptionsOf(spec) : startOptionsOf(spec);
  return {
    type: 'startWorkflow',
    workflowType: starts,
    // The server appends the time: finetune/<name>/<id>-2026-01-05T03:00:00Z
    workflowId:
      starts === 'syncIndex' ? syncWorkflowId(endpointNameOf(spec)!, taskQueue) : `finetune/${spec.name}/${scheduleId}`,
    taskQueue,
    args: [input],
    ...options,
    memo: { ...memo, [RECURRENCE_MEMO]: recurrence },
  };
}

/** What the server does not take of a recurrence comes as a TypeError, in its own words. */
const refusal = (error: unknown, client: Client): unknown =>
  error instanceof TypeError
    ? new AttuneError('InvalidRequest', `the server refuses the recurrence: ${error.message}`, 'correct it', {
        cause: error,
      })
    : startRefusal(error, client);

/**
 * What a schedule is like and what it did, as the server tells it.
 * @module
 */
import { ScheduleNotFoundError, type Client, type ScheduleDescription, type ScheduleHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseSpec } from '../../spec/parse.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import type { RunStatus } from '../../run/progress.js';
import { scheduleNotFound } from '../errors.js';
import { AttuneError } from '../../spec/attuneError.js';
import { statusOfRun } from '../runs/list.js';
import type { Recurrence } from './recurrence.js';

/** What attune's schedules start, and what that is for. */
export const SCHEDULED = { fineTune: 'retrains', syncIndex: 'syncs the index of' } as const;
export type Scheduled = keyof typeof SCHEDULED;

const isOurs = (type: string | undefined): type is Scheduled => type !== undefined && Object.hasOwn(SCHEDULED, type);

export interface ScheduleView extends Recurrence {
  scheduleId: string;
  /** Type of the workflow. */
  starts: Scheduled;
  /** Of the spec. */
  name: string;
  paused: boolean;
  /** Who paused it and why, or what failed; else what it is for. */
  note?: string;
  /** ISO 8601: the next times, at most three; none while it is paused. */
  next: string[];
  /** Workflow ids. */
  running: string[];
  last?: { workflowId: string; startedAt: string; status?: RunStatus };
  /** Times that were let pass because a run went on. */
  skipped: number;
  ui: string;
}

/** What a trigger or a backfill led to. */
export interface StartedRuns {
  scheduleId: string;
  /** Workflow ids. */
  started: string[];
  /** Times that were let pass because a run went on. */
  skipped: number;
  /** The runs that go on now. */
  running: string[];
}

/** Member of the memo of a schedule's runs that holds its recurrence. */
export const RECURRENCE_MEMO = 'recurrence';

export const ours = async (client: Client, handle: ScheduleHandle): Promise<ScheduleDescription> => {
  const description = await described(client, handle);
  assertOurs(description);
  return description;
};

/** @param wanted  what it has to start. Default: any of attune's */
export function assertOurs({ scheduleId, action }: ScheduleDescription, wanted?: Scheduled): void {
  if (wanted === undefined ? isOurs(action.workflowType) : action.workflowType === wanted) return;
  const expected = wanted ?? Object.keys(SCHEDULED).join(' or ');
  throw new AttuneError(
    'InvalidRequest',
    `schedule ${scheduleId} starts ${action.workflowType}, not ${expected}: it is left alone`,
    'choose another id',
  );
}

/** @throws AttuneError (ScheduleNotFound) that names those that there are */
export async function described(client: Client, handle: ScheduleHandle): Promise<ScheduleDescription> {
  try {
    return await handle.describe();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw scheduleNotFound(handle.scheduleId, await knownIds(client), error);
  }
}

export async function knownIds(client: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, action } of client.schedule.list()) {
    if (isOurs(action?.workflowType)) ids.push(scheduleId);
  }
  return ids.sort();
}

export async function viewOf(client: Client, description: ScheduleDescription, ui: string): Promise<ScheduleView> {
  const { scheduleId, state, info } = description;
  const last = info.recentActions.at(-1);
  return {
    scheduleId,
    starts: description.action.workflowType as Scheduled,
    name: (resolvedSpecOf(description) as Partial<FineTuneSpec>).name ?? '',
    ...recurrenceOf(description),
    paused: state.paused,
    note: state.note,
    next: state.paused ? [] : info.nextActionTimes.slice(0, 3).map((time) => time.toISOString()),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    last: last && {
      workflowId: last.action.workflow.workflowId,
      startedAt: last.takenAt.toISOString(),
      status: await statusOfLast(client, last.action.workflow),
    },
    skipped: info.numActionsSkippedOverlap,
    ui,
  };
}

/** Undefined once the server has forgotten the run. */
async function statusOfLast(
  client: Client,
  { workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string },
): Promise<RunStatus | undefined> {
  try {
    return statusOfRun(await client.workflow.getHandle(workflowId, firstExecutionRunId).describe());
  } catch (error) {
    if ((error as Error).name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

export const recurrenceOf = ({ action }: ScheduleDescription): Recurrence => action.memo?.[RECURRENCE_MEMO] ?? {};

export function resolvedSpecOf({ action }: { action: { args?: readonly unknown[] } }): unknown {
  const [raw] = action.args ?? [];
  const parsed = parseSpec(raw);
  return parsed.ok ? parsed.spec : raw;
}

const ANSWER_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** The server works on triggers and backfills in the background: waits until it has taken or skipped so many times. */
export async function startedSince(client: Client, before: ScheduleDescription, times: number): Promise<StartedRuns> {
  const { scheduleId } = before;
  const known = new Set(before.info.recentActions.map(({ action }) => action.workflow.firstExecutionRunId));
  const giveUpAt = Date.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const { info } = await described(client, client.schedule.getHandle(scheduleId));
    const skipped = info.numActionsSkippedOverlap - before.info.numActionsSkippedOverlap;
    const started = info.recentActions
      .map(({ action }) => action.workflow)
      .filter(({ firstExecutionRunId }) => !known.has(firstExecutionRunId))
      .map(({ workflowId }) => workflowId);
    if (info.numActionsTaken - before.info.numActionsTaken + skipped >= times)
      return { scheduleId, started, skipped, running: info.runningActions.map(({ workflow }) => workflow.workflowId) };
    if (Date.now() > giveUpAt)
      throw new AttuneError(
        'NotAvailable',
        `the server took the request, but schedule ${scheduleId} has not acted on it within ${ANSWER_WITHIN_MS / 1000} s`,
        'look at it again in a while: attune schedule list',
      );
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * `attune schedule`: recurring runs.
 * @module
 */
import { inWords } from '../client/schedules/recurrence.js';
import type { AppliedSchedule, ScheduleView, StartedRuns } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { oneLine, table } from './text.js';
import { uploading } from './uploading.js';

export interface ApplyFlags extends JsonFlag {
  cron?: string;
  every?: string;
  id?: string;
  timeZone?: string;
  jitter?: string;
  paused?: boolean;
}

export async function apply(io: Io, file: string, { json, ...recurrence }: ApplyFlags): Promise<number> {
  const attune = await io.attune();
  const { result: applied, uploaded } = await uploading(io, `attune schedule apply ${file}`, (upload) =>
    attune.schedule.apply(file, { ...recurrence, cwd: io.cwd, ...upload }),
  );
  if (uploaded)
    io.say(
      'local files were uploaded as they are now; for each run to take the data as they are then, name them in S3',
    );
  if (json) io.json(applied);
  else io.out(appliedText(applied));
  const { scheduleId, paused } = applied.schedule;
  io.next(`attune schedule ${paused ? 'resume' : 'trigger'} ${scheduleId}`);
  return EXIT.done;
}

export function appliedText({ change, differences, schedule }: AppliedSchedule): string {
  return [
    `${change}: schedule ${schedule.scheduleId}, ${inWords(schedule)}`,
    ...differences.map(({ field, a, b }) => `  ${field}: ${JSON.stringify(a)} → ${JSON.stringify(b)}`),
    ...(schedule.paused ? [`paused: ${schedule.note ?? 'no note'}`] : []),
    ...(schedule.next.length > 0 ? [`next: ${schedule.next.map(minute).join(', ')} UTC`] : []),
    schedule.ui,
  ].join('\n');
}

export async function list(io: Io, { json }: JsonFlag): Promise<number> {
  const schedules = await (await io.attune()).schedule.list();
  if (json) io.json(schedules);
  else if (schedules.length === 0) io.say('no schedules');
  else io.out(listText(schedules));
  io.next(nextOf(schedules));
  return EXIT.done;
}

function nextOf(schedules: readonly ScheduleView[]): string {
  const paused = schedules.find((schedule) => schedule.paused);
  if (paused) return `attune schedule resume ${paused.scheduleId}`;
  return schedules[0] ? `attune schedule trigger ${schedules[0].scheduleId}` : 'attune schedule apply SPEC --every 7d';
}

/** A failed run's message holds the end of its log: its first sentences tell enough here. */
const NOTE_WIDTH = 400;

const listText = (schedules: readonly ScheduleView[]): string =>
  [
    table([
      ['schedule', 'spec', 'starts', 'when', 'state', 'next (UTC)', 'last run', 'ended'],
      ...schedules.map((schedule) => [
        schedule.scheduleId,
        schedule.name,
        schedule.starts,
        inWords(schedule),
        schedule.paused ? 'paused' : schedule.running.length > 0 ? 'running' : 'active',
        schedule.next[0] ? minute(schedule.next[0]) : '–',
        schedule.last?.workflowId ?? '–',
        schedule.last?.status ?? '–',
      ]),
    ]),
    ...schedules
      .filter(({ paused }) => paused)
      .map(({ scheduleId, note }) => `${scheduleId} is paused: ${oneLine(note ?? '', NOTE_WIDTH)}`),
  ].join('\n');

export interface NoteFlags extends JsonFlag {
  note?: string;
}

export async function pause(io: Io, id: string, { note, json }: NoteFlags): Promise<number> {
  const schedule = await (await io.attune()).schedule.pause(id, note);
  if (json) io.json(schedule);
  else io.out(`paused: ${id}: ${schedule.note}`);
  io.next(`attune schedule resume ${id}`);
  return EXIT.done;
}

export async function resume(io: Io, id: string, { note, json }: NoteFlags): Promise<number> {
  const schedule = await (await io.attune()).schedule.resume(id, note);
  if (json) io.json(schedule);
  else io.out(`resumed: ${id}; next: ${schedule.next[0] ? `${minute(schedule.next[0])} UTC` : 'never'}`);
  io.next(`attune schedule trigger ${id}`);
  return EXIT.done;
}

export async function trigger(io: Io, id: string, { json }: JsonFlag): Promise<number> {
  return tellStarted(io, await (await io.attune()).schedule.trigger(id), json);
}

export interface BackfillFlags extends JsonFlag {
  from: Date;
  to: Date;
}

export async function backfill(io: Io, id: string, { from, to, json }: BackfillFlags): Promise<number> {
  return tellStarted(io, await (await io.attune()).schedule.backfill(id, from, to), json);
}

function tellStarted(io: Io, runs: StartedRuns, json: boolean | undefined): number {
  const { started, skipped, running } = runs;
  if (json) io.json(runs);
  else
    io.out(
      [
        ...started.map((workflowId) => `started: ${workflowId}`),
        ...(skipped > 0
          ? [`skipped ${skipped === 1 ? 'once' : `${skipped} times`}: ${running.join(', ')} was running`]
          : []),
      ].join('\n'),
    );
  const [follow] = [...started, ...running];
  io.next(follow === undefined ? 'attune schedule list' : `attune watch ${follow}`);
  return EXIT.done;
}

export async function remove(io: Io, id: string, { json }: JsonFlag): Promise<number> {
  const deleted = await (await io.attune()).schedule.delete(id);
  if (json) io.json(deleted);
  else io.out([`deleted: ${id}`, ...deleted.running.map((run) => `keeps running: ${run}`)].join('\n'));
  io.next(deleted.running[0] ? `attune cancel ${deleted.running[0]}` : 'attune schedule list');
  return EXIT.done;
}

/** "2026-01-05T03:00:00.000Z" → "2026-01-05 03:00" */
const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');

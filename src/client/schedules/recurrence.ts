/**
 * When a schedule starts a run: a cron line or an interval, as a person writes it and as Temporal takes it.
 * @module
 */
import type { ScheduleSpec } from '@temporalio/client';
import { AttuneError } from '../../spec/attuneError.js';

/** As written: kept in the memo of the schedule's runs, because the server gives a cron line back in another form. */
export interface Recurrence {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron?: string;
  /** A whole number and a unit, such as `12h` or `7d`: counted from 1970-01-01 UTC. */
  every?: string;
  /** Of the cron line, such as `Europe/Berlin`. Default: UTC. */
  timeZone?: string;
  /** A run starts at a random moment within so long after its time: `30s`, `10m`. */
  jitter?: string;
}

/** @throws AttuneError (InvalidRequest) in words */
export function scheduleSpecOf({ cron, every, timeZone, jitter }: Recurrence): ScheduleSpec {
  if ((cron === undefined) === (every === undefined))
    throw refused('a schedule has either a cron line or an interval', 'give one: --cron "0 3 * * 1", or --every 7d');
  if (cron !== undefined && !/^\S+(\s+\S+){4}$/.test(cron.trim()))
    throw refused(
      `"${cron}" is no cron line of five fields`,
      'write minute, hour, day of the month, month, day of the week: --cron "0 3 * * 1" is each Monday at 03:00',
    );
  if (every !== undefined && timeZone !== undefined)
    throw refused('an interval knows no time zone', 'drop the time zone, or give a cron line instead of the interval');
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw refused(`"${timeZone}" is no time zone`, 'name one as the IANA database does, such as Europe/Berlin');
  return {
    ...(cron === undefined ? {} : { cronExpressions: [cron.trim()], timezone: timeZone ?? 'UTC' }),
    ...(every === undefined ? {} : { intervals: [{ every: milliseconds(every, 'interval', 60_000) }] }),
    ...(jitter === undefined ? {} : { jitter: milliseconds(jitter, 'jitter', 1000) }),
  };
}

/** "0 3 * * 1 Europe/Berlin", "every 7d", with "+ up to 10m" behind where there is jitter. */
export const inWords = ({ cron, every, timeZone, jitter }: Recurrence): string =>
  [cron === undefined ? `every ${every}` : `${cron} ${timeZone ?? 'UTC'}`, jitter && `+ up to ${jitter}`]
    .filter(Boolean)
    .join(' ');

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function milliseconds(text: string, what: string, least: number): number {
  const [, count, unit] = /^(\d{1,6})\s*([smhdw])$/.exec(text.trim()) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ''] ?? NaN);
  if (ms >= least) return ms;
  throw refused(
    `"${text}" is no ${what} of at least ${least === 1000 ? '1s' : '1m'}`,
    'write a whole number and s, m, h, d or w: 90m, 12h, 7d',
  );
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // RangeError: that is how Intl says no
  }
}

const refused = (message: string, mend: string): AttuneError => new AttuneError('InvalidRequest', message, mend);

/**
 * Declares `attune schedule` and its verbs; what they do is loaded when one is called.
 * @module
 */
import { InvalidArgumentError, type Command } from 'commander';
import type { Io, JsonFlag } from './io.js';
import type { ApplyFlags, BackfillFlags, NoteFlags } from './schedule.js';

const instant = (text: string): Date => {
  const time = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Expected a time such as 2026-01-05T03:00:00Z.');
  return time;
};
const ID = ['<id>', 'id of the schedule'] as const;

export function declareSchedule(
  parent: Command,
  io: Io,
  done: (code: number) => void,
  jsonFlag: readonly [string, string],
): void {
  const schedule = parent
    .description('retrain again and again: apply, list, pause, resume, trigger, backfill, delete')
    .addHelpText('after', '\nExample:\n  $ attune schedule apply attune.yaml --every 7d');
  const verbs = () => import('./schedule.js');
  const verb = (usage: string, description: string, example: string): Command =>
    schedule
      .command(usage)
      .description(description)
      .option(...jsonFlag)
      .addHelpText('after', `\nExample:\n  $ attune schedule ${example}`);

  verb(
    'apply',
    'create a schedule, or bring it to this spec and recurrence; a pause survives',
    'apply attune.yaml --cron "0 3 * * 1" --time-zone Europe/Berlin --jitter 10m',
  )
    .argument('<spec>', 'YAML or JSON file; its local files are uploaded now, S3 data are read by each run')
    .option('--cron <line>', 'minute, hour, day of the month, month, day of the week')
    .option('--every <interval>', 'instead of --cron: 90m, 12h, 7d')
    .option('--id <id>', "id of the schedule (default: the spec's name)")
    .option('--time-zone <zone>', 'of --cron, such as Europe/Berlin (default: UTC)')
    .option('--jitter <duration>', 'start at a random moment within so long: 10m')
    .option('--paused', 'start nothing until it is resumed')
    .action(async (spec: string, flags: ApplyFlags) => done(await (await verbs()).apply(io, spec, flags)));

  verb('list', 'the schedules: when, paused or not and why, next and last run', 'list').action(
    async (flags: JsonFlag) => done(await (await verbs()).list(io, flags)),
  );

  verb('pause', 'start nothing until it is resumed; a running run is not touched', 'pause support-search')
    .argument(...ID)
    .option('--note <text>', 'why; stands in the list and in the UI')
    .action(async (id: string, flags: NoteFlags) => done(await (await verbs()).pause(io, id, flags)));

  verb('resume', 'start runs again at their times', 'resume support-search --note "data fixed"')
    .argument(...ID)
    .option('--note <text>', 'why; stands in the list and in the UI')
    .action(async (id: string, flags: NoteFlags) => done(await (await verbs()).resume(io, id, flags)));

  verb('trigger', 'start a run now, unless one of this schedule is running', 'trigger support-search')
    .argument(...ID)
    .action(async (id: string, flags: JsonFlag) => done(await (await verbs()).trigger(io, id, flags)));

  verb(
    'backfill',
    'act as if past times were now: the first starts a run, those that fall into it are skipped',
    'backfill support-search --from 2026-01-05T00:00:00Z --to 2026-01-06T00:00:00Z',
  )
    .argument(...ID)
    .requiredOption('--from <time>', 'ISO 8601', instant)
    .requiredOption('--to <time>', 'ISO 8601, not in the future', instant)
    .action(async (id: string, flags: BackfillFlags) => done(await (await verbs()).backfill(io, id, flags)));

  verb('delete', 'start nothing any more; a running run is not touched', 'delete support-search')
    .argument(...ID)
    .action(async (id: string, flags: JsonFlag) => done(await (await verbs()).remove(io, id, flags)));
}

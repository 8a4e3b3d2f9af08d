/**
 * `attune list`: the runs, newest first.
 * @module
 */
import type { ListOptions } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { duration, secondsBetween, table, usd } from './text.js';

export type ListFlags = ListOptions & JsonFlag;

export async function list(io: Io, { json, ...options }: ListFlags): Promise<number> {
  const runs = await (await io.attune()).list(options);
  if (json) {
    io.json(runs);
  } else if (runs.length === 0) {
    io.say('no runs');
  } else {
    const rows = runs.map((run) => [
      run.workflowId,
      run.unchangedSince ? `${run.status}, unchanged` : run.status,
      run.stage ?? '–',
      run.startedAt.slice(0, 16).replace('T', ' '),
      duration(secondsBetween(run.startedAt, run.endedAt)),
      run.bestScore?.toFixed(3) ?? '–',
      usd(run.costUsd),
    ]);
    io.out(table([['run', 'status', 'stage', 'started (UTC)', 'took', 'score', 'cost'], ...rows]));
  }
  io.next(runs[0] ? `attune show ${runs[0].workflowId}` : 'attune submit SPEC --watch');
  return EXIT.done;
}

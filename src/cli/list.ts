/**
 * `attune list`: the runs, newest first.
 * @module
 */
import type { ListOptions, Reader, RunSummary } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { originNames } from '../run/origins.js';
import { endOf } from '../run/progress.js';
import { signed } from '../run/numbers.js';
import { reading } from './reading.js';
import { duration, secondsBetween, shortHash, statusWords, table, usd } from './text.js';

export type ListFlags = ListOptions & JsonFlag;

export const list = (io: Io, flags: ListFlags): Promise<number> => reading(io, (reader) => listedBy(reader, io, flags));

async function listedBy(reader: Reader, io: Io, { json, ...options }: ListFlags): Promise<number> {
  const runs = await reader.list({ ...options, onNotice: (message) => io.say(message) });
  if (json) {
    io.json(runs);
  } else if (runs.length === 0) {
    io.say('no runs');
  } else {
    const heads = ['run', 'status', 'started (UTC)', 'took', 'data', 'score', 'gain', 'questions', 'cost', 'endpoint'];
    io.out(table([heads, ...runs.map(rowOf)]));
  }
  io.next(runs[0] ? `attune show ${runs[0].workflowId}` : 'attune submit SPEC --watch');
  return EXIT.done;
}

const rowOf = (run: RunSummary): string[] => [
  run.workflowId,
  statusOf(run),
  run.startedAt.slice(0, 16).replace('T', ' '),
  duration(secondsBetween(run.startedAt, run.endedAt)),
  run.dataHash ? shortHash(run.dataHash) : '–',
  run.bestScore?.toFixed(3) ?? '–',
  run.gain === undefined ? '–' : signed(run.gain),
  originNames(run.origins),
  usd(run.costUsd),
  run.endpoint ? `${run.endpoint.name}${run.serves ? ', in service' : ''}` : '–',
];

/** With the stage where that says more: how far it came. */
function statusOf({ stage, unchangedSince, readFrom, ...run }: RunSummary): string {
  const status = statusWords(endOf(run));
  if (readFrom) return `${status}, from S3`;
  if (unchangedSince) return `${status}, unchanged`;
  return stage && (status === 'running' || status === 'failed' || status === 'cancelled')
    ? `${status}, ${stage}`
    : status;
}

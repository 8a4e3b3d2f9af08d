/**
 * `attune trend`: nDCG over the retrainings of a name.
 * @module
 */
import type { Reader, TrendPoint } from '../client/index.js';
import { testInWords, testsInTurn } from '../client/runs/testsInTurn.js';
import { signed } from '../run/numbers.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';
import { score, shortHash, sparkline, table } from './text.js';

export interface TrendFlags extends JsonFlag {
  limit: number;
}

export const trend = (io: Io, name: string, flags: TrendFlags): Promise<number> =>
  reading(io, (reader) => trendBy(reader, io, name, flags));

async function trendBy(reader: Reader, io: Io, name: string, { json, limit }: TrendFlags): Promise<number> {
  const points = await reader.trend(name, { limit });
  if (json) io.json(points);
  else if (points.length === 0) io.say(`no run of ${name} is evaluated yet`);
  else io.out(trendLines(points).join('\n'));
  const last = points.at(-1);
  io.next(last ? `attune report ${last.workflowId}` : `attune list --name ${name}`);
  return EXIT.done;
}

/** A table, oldest first, and below it the course of the scores on each test in a row. */
export function trendLines(points: readonly TrendPoint[]): string[] {
  const metrics = [...new Set(points.map(({ metric }) => metric))].join(', ');
  const rows = points.map(({ workflowId, startedAt, status, candidate, against, testHash, questions, endpoint }) => [
    startedAt.slice(0, 16).replace('T', ' '),
    score(candidate),
    against.gain
      ? `${signed(against.gain.difference)} [${signed(against.gain.low)} to ${signed(against.gain.high)}]`
      : '–',
    against.system === 'incumbent' ? 'in service' : 'base',
    testHash ? shortHash(testHash) : '–',
    String(questions ?? '–'),
    endpoint ? `${status}, ${endpoint}` : status,
    workflowId,
  ]);
  const heads = ['started (UTC)', metrics, 'gain', 'over', 'test', 'questions', 'end', 'run'];
  return [table([heads, ...rows]), '', ...testsInTurn(points).map(courseOf)];
}

function courseOf(points: readonly TrendPoint[]): string {
  const means = points.map(({ candidate }) => candidate.mean);
  const on = testInWords(points[0]!.testHash);
  const [first, last] = [means[0]!.toFixed(3), means.at(-1)!.toFixed(3)];
  const course = means.length === 1 ? first : `${sparkline(means, 40)}  ${first} → ${last}`;
  return `${course}  on ${on}${means.length === 1 ? ': one run, compares with no other' : `, ${means.length} runs`}`;
}

/**
 * The shards that an attempt of a job has left whole in a folder: the next one embeds the others.
 * @module
 */
import { listObjects } from '../../aws/s3.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';

/** What tells a job of them: one variable, and further ones where SageMaker's limit on a value asks for them. */
const VARIABLE = 'ATTUNE_INDEX_DONE';
const VALUE_LENGTH = 256;
/** More than that many hosts, stopped at any instant, leave gaps for. What has no room is embedded again, and comes out the same. */
const MOST_VARIABLES = 20;

/** @returns numbers of the shards with documents and vectors, ascending */
export async function wholeShards(deps: Deps, folder: string): Promise<number[]> {
  const listed = await calling(`listing ${folder}`, deps, () => listObjects(deps.s3, folder));
  const keys = new Set((listed ?? []).map(({ key }) => key.split('/').at(-1)!));
  const whole = [...keys].flatMap((key) => {
    const [, number] = /^(\d{5,})\.npy$/.exec(key) ?? [];
    return number !== undefined && keys.has(`${number}.jsonl`) ? [Number(number)] : [];
  });
  return whole.sort((a, b) => a - b);
}

/** ATTUNE_INDEX_DONE: "0-4,7", ATTUNE_INDEX_DONE_2 and so on; none where there are none. @param numbers  ascending */
export function doneVariables(numbers: readonly number[]): Record<string, string> {
  const values: string[] = [];
  for (const range of rangesOf(numbers)) {
    const last = values.at(-1);
    if (last !== undefined && last.length + 1 + range.length <= VALUE_LENGTH)
      values[values.length - 1] = `${last},${range}`;
    else if (values.length < MOST_VARIABLES) values.push(range);
    else break;
  }
  return Object.fromEntries(values.map((value, i) => [i === 0 ? VARIABLE : `${VARIABLE}_${i + 1}`, value]));
}

/** "0-4", "7" */
function rangesOf(numbers: readonly number[]): string[] {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (last > first ? `${first}-${last}` : String(first)));
}

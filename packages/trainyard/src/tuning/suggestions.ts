/**
 * Which hyperparameters are tried next: by Optuna, asked in a process of its own, so that the server answers meanwhile. It
 * keeps no state: every question carries all trials so far.
 * @module
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ParameterRanges } from '@aws-sdk/client-sagemaker';

export interface Observation {
  parameters: Record<string, string>;
  /** Absent: still running, or without a result. */
  value?: number;
}

export interface Question {
  strategy: string;
  direction: string;
  ranges: Range[];
  seed: number;
  /** Trials decided on so far. */
  ordinal: number;
  /** How many further ones are asked for. */
  count: number;
  /** Observations that the model-based strategy wants before it takes its first guess. */
  startup: number;
  trials: Observation[];
}

export type Range = NumberRange | Categories;
/** Its ends as they were given, as text. */
export interface NumberRange {
  name: string;
  type: 'integer' | 'continuous';
  min: string;
  max: string;
  scaling: string;
}
export interface Categories {
  name: string;
  type: 'categorical';
  values: string[];
}

export function rangesOf(ranges: ParameterRanges = {}): Range[] {
  const numbers = (type: 'integer' | 'continuous', given: ParameterRanges['ContinuousParameterRanges'] = []) =>
    given.map(({ Name = '', MinValue = '', MaxValue = '', ScalingType = 'Auto' }) => ({
      name: Name,
      type,
      min: MinValue,
      max: MaxValue,
      scaling: ScalingType,
    }));
  return [
    ...numbers('integer', ranges.IntegerParameterRanges),
    ...numbers('continuous', ranges.ContinuousParameterRanges),
    ...(ranges.CategoricalParameterRanges ?? []).map(({ Name = '', Values = [] }) => ({
      name: Name,
      type: 'categorical' as const,
      values: Values,
    })),
  ];
}

/** How many different combinations there are: infinitely many with a continuous range. */
export const combinations = (ranges: Range[]): number => ranges.reduce((product, range) => product * sizeOf(range), 1);

function sizeOf(range: Range): number {
  if (range.type === 'categorical') return range.values.length;
  return range.type === 'integer' ? Number(range.max) - Number(range.min) + 1 : Infinity;
}

/** The combination with this number, the last range changing fastest. */
export function gridPoint(ranges: Range[], number: number): Record<string, string> {
  const point: Record<string, string> = {};
  for (const range of [...ranges].reverse()) {
    if (range.type !== 'categorical') throw new Error(`a grid has categories only, and ${range.name} is ${range.type}`);
    point[range.name] = range.values[number % range.values.length] ?? '';
    number = Math.floor(number / range.values.length);
  }
  return point;
}

const PROGRAM = fileURLToPath(new URL('../../python/suggest.py', import.meta.url));

/** @throws Error with what Python wrote, when it gives no answer; AbortError when `signal` ends it */
export async function suggest(
  python: string,
  question: Question,
  signal: AbortSignal,
): Promise<Record<string, string>[]> {
  const { strategy, ranges, ordinal, count } = question;
  if (strategy === 'Grid') return Array.from({ length: count }, (_, index) => gridPoint(ranges, ordinal + index));
  const child = spawn(python, [PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'], signal });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined); // it ended before it read: its exit code tells
  child.stdin.end(JSON.stringify(question));
  const [code, answer, problem] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`suggest.py ended with exit code ${code}: ${problem.trim().split('\n').at(-1)}`);
  return JSON.parse(answer) as Record<string, string>[];
}

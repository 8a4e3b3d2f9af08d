/**
 * What both benches count and print: gaps from timelines, percentiles, tables.
 * @module
 */
import type { Progress } from '../src/run/progress.js';

export interface Gap {
  /** Milliseconds from the job's own end to the workflow knowing of it, and from there to the next stage's first call. */
  detection: number;
  dispatch: number;
}

/** One for each job that ended. */
export const gapsOf = ({ timeline }: Progress): Gap[] =>
  timeline.flatMap(({ detectionMs, dispatchMs }) =>
    detectionMs === undefined || dispatchMs === undefined ? [] : [{ detection: detectionMs, dispatch: dispatchMs }],
  );

export interface Spread {
  p50: number;
  p99: number;
  worst: number;
}

/** Nearest rank: each figure is one that was measured. */
export function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);
  return { p50: at(0.5), p99: at(0.99), worst: at(1) };
}

/** Calls of both Describe operations of jobs. */
export const jobDescribes = (calls: Record<string, number>): number =>
  (calls['DescribeTrainingJob'] ?? 0) + (calls['DescribeProcessingJob'] ?? 0);

export function table(rows: Record<string, string | number>[]): string {
  const heads = Object.keys(rows[0] ?? {});
  const cells = [heads, ...rows.map((row) => heads.map((head) => String(row[head] ?? '')))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return cells.map(line).join('\n');
}

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/**
 * Numbers, times and tables as people read them.
 * @module
 */
import type { Score } from '../run/evaluation.js';
import * as times from '../run/times.js';

export const { duration } = times;

/** @param to  default: now */
export const secondsBetween = (from: string, to: string | Date = new Date()): number => times.secondsBetween(from, to);

/** A run's status as people read it. */
export const statusWords = (status: string): string =>
  status === 'waitingForApproval' ? 'waits for approval' : status;

export const usd = (amount: number | undefined): string =>
  amount === undefined ? '–' : `$${amount.toFixed(amount < 1 ? 3 : 2)}`;

/** "0.712 [0.690–0.731]" */
export const score = (value: Score | undefined): string =>
  value ? `${value.mean.toFixed(3)} [${value.low.toFixed(3)}–${value.high.toFixed(3)}]` : '–';

export const bytes = (count: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
};

/** Left-aligned columns two spaces apart, no trailing blanks. A cell is one line, whatever is in it. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map((cell) => cell.replace(/[\r\n\t]+/g, ' ')));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const BARS = '▁▂▃▄▅▆▇█';

/** The course of a number in at most `width` characters. */
export function sparkline(values: readonly number[], width: number): string {
  if (values.length === 0) return '';
  const step = Math.max(1, values.length / width);
  const shown = Array.from({ length: Math.min(width, values.length) }, (_, i) => {
    const some = values.slice(Math.floor(i * step), Math.max(Math.floor((i + 1) * step), Math.floor(i * step) + 1));
    return some.reduce((sum, value) => sum + value, 0) / some.length;
  });
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  return shown
    .map((value) => BARS[high === low ? 3 : Math.round(((value - low) / (high - low)) * (BARS.length - 1))])
    .join('');
}

/** A digest by its first 8 digits; any other text as it is. */
export const shortHash = (text: string): string => text.replace(/^(?:sha256:)?([0-9a-f]{8})[0-9a-f]{56}$/, '$1');

/** At most `width` characters, the last one a mark where something was cut. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** Running text as one line. */
export const oneLine = (text: string, width: number): string => cut(text.replace(/\s+/g, ' ').trim(), width);

/**
 * Numbers, times and tables as people read them.
 * @module
 */
import * as times from '../run/times.js';

export { bytes, score, shortHash, usd } from '../run/numbers.js';
export { statusWords } from '../run/progress.js';
export const { duration } = times;

/** @param to  default: now */
export const secondsBetween = (from: string, to: string | Date = new Date()): number => times.secondsBetween(from, to);

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

/** At most `width` characters, the last one a mark where something was cut. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** Running text as one line. */
export const oneLine = (text: string, width: number): string => cut(text.replace(/\s+/g, ' ').trim(), width);

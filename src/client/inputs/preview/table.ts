/**
 * CSV and TSV, to the letter as Python's csv module reads them when it is strict (python/attune_jobs/prepare/rows.py): what one
 * takes the other must take, and no parser for Node follows it in what is malformed.
 * @module
 */
import { DATA_ROWS } from '../../../spec/dataRows.js';
import type { Fault } from './firstLines.js';

export interface Records {
  records: { line: number; cells: string[] }[];
  fault?: Fault;
}

export function separatorOf(name: string, firstLine: string): string {
  if (/\.tsv(\.gz)?$/i.test(name)) return '\t';
  const counted = DATA_ROWS.separators.map((separator) => ({ separator, count: firstLine.split(separator).length }));
  return counted.reduce((best, one) => (one.count > best.count ? one : best)).separator;
}

/** @param whole  a quote that is open at the end is a fault only then */
export function recordsOf(lines: readonly string[], separator: string, whole: boolean): Records {
  const records: Records['records'] = [];
  let cells: string[] = [];
  let cell = '';
  let begin = 1;
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';

  for (const [at, line] of lines.entries()) {
    if (state !== 'quoted') begin = at + 1;
    for (let i = 0; i < line.length; i += 1) {
      const character = line[i]!;
      if (state === 'quoted') {
        if (character === '"') state = 'closed';
        else cell += character;
        continue;
      }
      if (character === '\n' || character === '\r') {
        if (character === '\r' && i + 1 < line.length && line[i + 1] !== '\n') {
          return { records, fault: { line: begin, what: 'a carriage return stands in a cell without quotes' } };
        }
        break;
      }
      if (state === 'closed' && character === '"') {
        cell += '"';
        state = 'quoted';
      } else if (character === separator) {
        cells.push(cell);
        cell = '';
        state = 'start';
      } else if (state === 'closed') {
        const what = `'${separator}' expected after the quote that closes a cell: double the quotes inside of one`;
        return { records, fault: { line: begin, what } };
      } else if (state === 'start' && character === '"') {
        state = 'quoted';
      } else {
        cell += character;
        state = 'plain';
      }
    }
    if (state === 'quoted') continue;
    const blank = state === 'start' && cells.length === 0;
    if (!blank) records.push({ line: begin, cells: [...cells, cell] });
    cells = [];
    cell = '';
    state = 'start';
  }
  return state === 'quoted' && whole
    ? { records, fault: { line: begin, what: 'a quote is opened and never closed' } }
    : { records };
}
